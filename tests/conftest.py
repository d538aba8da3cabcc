"""What holds for all tests."""

from hypothesis import settings

settings.register_profile(
    "salvo", deadline=None
)  # how long an example takes depends on the machine and on what else runs there
settings.load_profile("salvo")
