"""pCR clause 5.5.3: what Group Owner mode inherits from group communication, as reconstructed."""
