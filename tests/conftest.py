"""Property tests have no deadline: how long an example takes is the machine's affair, and never a failure."""

from hypothesis import settings

settings.register_profile("prose", deadline=None)
settings.load_profile("prose")
