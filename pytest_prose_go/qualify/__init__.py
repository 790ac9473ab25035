"""The suite on trial: every fault, variant and hollow target of some families, and what the suite made of them.

``families`` finds and reads them, ``plan`` says what runs, ``trial`` runs the suite against one target within this
process, ``session`` runs all trials over all cores, ``qualification`` is what came of it, and ``terminal``,
``document`` and ``page`` tell it.
"""
