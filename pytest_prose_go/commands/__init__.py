"""The sub-commands of ``prose-go``, a module each."""
