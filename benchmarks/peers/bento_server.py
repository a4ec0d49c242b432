"""BentoML with an exported network, for `benchmarks/load.py`: NETWORK=net.py bentoml serve bento_server:Digits."""

import base64
import io
import os
import runpy

import bentoml


@bentoml.service(traffic={"timeout": 30}, workers=1)
class Digits:
    """Reads pictures with a network that `striate export --to torch` has written."""

    def __init__(self):
        """Load it."""
        self.scope = runpy.run_path(os.environ["NETWORK"], run_name="exported")
        self.network = self.scope["load"]()

    @bentoml.api(batchable=False)
    def predict(self, picture: str) -> dict:
        """Name the likeliest class of a picture."""
        views = self.scope["views"](io.BytesIO(base64.b64decode(picture)))
        chances = self.scope["probabilities"](self.network, views).mean(0)
        best = int(chances.argmax())
        return {"class": self.scope["CLASSES"][best], "score": float(chances[best])}
