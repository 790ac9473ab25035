"""What outlives a run: its journal, the vendor's statement in a file, and the signed bundle that others judge again."""
