"""pCR clause 5.7.3: security requirements of communication in Group Owner mode."""
