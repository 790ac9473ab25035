"""Conformance tests for the security of ProSe Group Owner mode: the pytest plugin."""
