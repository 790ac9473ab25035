"""Why: what the trace shows, held against an ideal group, an eavesdropper's proof and the controls."""
