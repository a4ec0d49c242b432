from hypothesis import settings

from small_digits import small_digits


__all__ = ["small_digits"]

settings.register_profile("striate", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("striate")
