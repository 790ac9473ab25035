"""The attacker search: attacks composed of the attacker's moves, played, and cut down to the shortest."""
