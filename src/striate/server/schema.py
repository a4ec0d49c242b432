"""What OpenAPI says of the addresses, and the page at `/` with it."""

from typing import Any


_SUMMARIES = {
    "/": "This page",
    "/v1/predict": "Name the likeliest classes of pictures or sentences",
    "/v1/models": "Tell which networks are served, what they read and which classes they know",
    "/metrics": "Count requests, items, batches and times for Prometheus",
    "/v2/health/live": "Whether the process answers",
    "/v2/health/ready": "Whether requests may be sent here",
    "/v2": "Tell name and version of the server",
    "/v2/models/{name}": "Tell the tensors of a network",
    "/v2/models/{name}/ready": "Whether a network answers",
    "/v2/models/{name}/infer": "Read one tensor, by the Open Inference Protocol",
}

ADDRESSES = tuple(_SUMMARIES)


def described(address: str) -> str:
    """Return what is done at an address."""
    return _SUMMARIES[address]


_BASE64 = {"type": "string", "description": "A file's bytes in base64, or data:...;base64,..."}

PREDICT: dict[str, Any] = {
    "parameters": [
        {
            "name": "model",
            "in": "query",
            "schema": {"type": "string"},
            "description": "The network's name, where several are served",
        },
        {
            "name": "top",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "default": 3},
            "description": "Classes named an item, at most",
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "picture": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                        },
                        "sentence": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "pictures": {
                            "type": "array",
                            "items": {
                                "oneOf": [
                                    _BASE64,
                                    {
                                        "type": "object",
                                        "properties": {
                                            "name": {"type": "string"},
                                            "content": _BASE64,
                                        },
                                    },
                                ]
                            },
                        },
                        "sentences": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "text/plain": {"schema": {"type": "string"}},
        },
    },
    "responses": {
        "200": {
            "description": "One prediction for each item in its order; what could not be read has `error` instead "
            "of `classes`"
        },
        "400": {"description": "The request is not understood"},
        "401": {"description": "A token is needed"},
        "404": {"description": "No such network"},
        "408": {"description": "The body did not arrive in time"},
        "413": {"description": "Too many bytes or items"},
        "415": {"description": "A body of a form that is not read"},
        "422": {"description": "None of the items could be read"},
        "429": {"description": "Too many items wait; Retry-After says when to ask again"},
        "503": {
            "description": "The answer was not there in time; Retry-After says when to ask again"
        },
    },
}
