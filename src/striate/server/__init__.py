"""Answer for trained networks over HTTP: many requests at once, within bounds, from bundles that may be replaced.

Nothing of it is needed to read with a network; FastAPI and uvicorn come with the extra `serve`.
"""
