"""The air on trial: scripted stations, every move, and the books kept of them."""
