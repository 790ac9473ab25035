"""pCR clause 5.6.3: security requirements of public-safety UEs out of network coverage."""
