"""What an eavesdropper can prove from the bytes on the air: one module an oracle, and what they share."""
