"""LitServe with an exported network, for `benchmarks/load.py`: python lit_server.py net.py PORT."""

import base64
import io
import runpy
import sys

import litserve
import torch


class Digits(litserve.LitAPI):
    """Reads pictures with a network that `striate export --to torch` has written."""

    def setup(self, _device):
        """Load it."""
        self.scope = runpy.run_path(sys.argv[1], run_name="exported")
        self.network = self.scope["load"]()

    def decode_request(self, request):
        """Decode a picture, and bring it to the network's input."""
        return self.scope["views"](io.BytesIO(base64.b64decode(request["picture"])))

    def batch(self, inputs):
        """Join the views of what came together."""
        self.counts = [len(views) for views in inputs]
        return torch.cat(inputs)

    def predict(self, batch):
        """Read a batch."""
        return self.scope["probabilities"](self.network, batch)

    def unbatch(self, output):
        """Part the answers: the mean over the views of each picture."""
        return [views.mean(0) for views in output.split(self.counts)]

    def encode_response(self, output):
        """Name the likeliest class."""
        best = int(output.argmax())
        return {"class": self.scope["CLASSES"][best], "score": float(output[best])}


if __name__ == "__main__":
    server = litserve.LitServer(Digits(max_batch_size=64, batch_timeout=0.004), accelerator="cpu")
    server.run(
        port=int(sys.argv[2]), host="127.0.0.1", generate_client_file=False, log_level="warning"
    )
