"""A third target: stations that are threads with sockets and timers of their own, on a real clock."""
