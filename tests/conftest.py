from hypothesis import settings


settings.register_profile("striate", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("striate")
