"""Basic interconnection: what must work before anything can be shown (after ISO/IEC 9646)."""
