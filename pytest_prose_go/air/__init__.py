"""What happens: the medium that the suite owns, the attacker on it, and the trace of it all."""
