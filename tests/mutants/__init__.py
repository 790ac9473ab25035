"""Generated faults: mutants of the reference's security modules, which the conformance suite must kill.

``python -m tests.mutants --help`` says how to try them; docs/mutants.md what came of it last.
"""
