"""The reference on trial: known answers, and two and more ends over a pretend link."""
