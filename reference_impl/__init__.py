"""A Group Owner and a UE, sans-I/O: the suite's default target and the executable model of the profile."""
