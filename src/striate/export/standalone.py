"""Write a trained network as one Python file of plain torch, which needs nothing of Striate."""

import ast
from inspect import getsource
from io import BytesIO
from typing import Any, assert_never

import torch
from torch import Tensor

from striate.data.preprocessing import digits
from striate.data.preprocessing.crop import stored_image
from striate.documents.writing import write_form
from striate.errors import ExportError
from striate.errors.exporting import code_of_other_weights
from striate.modules import Ending
from striate.prediction import Bundle


_MEAN = "preparation/mean"

_READING = '''

CLASSES = {classes!r}
WEIGHTS = Path(__file__).with_suffix(".pt")


def load(weights=WEIGHTS):
    """Return the network with its weights, ready to read."""
    state = torch.load(weights, weights_only=True)
    state.pop("{mean}", None)
    network = {name}()
    network.load_state_dict(state)
    return network.eval()


def probabilities(network, inputs):
    """Return the probabilities of the classes: inputs is a batch of {input}, as the network reads it."""
    with torch.no_grad():
        y = network(inputs)
    return {probabilities}
'''

_PICTURES = '''

FIT, BOX, MARGIN, VIEWS = {fit!r}, {box}, {margin}, {views!r}
CHANNELS, HEIGHT, WIDTH = {channels}, {height}, {width}  # of the input and its margin
LOW, STEP = {low}, {step}  # the value of byte 0, and what each further byte adds
TURNS = {{2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}}  # what EXIF says, as Pillow's transpositions


def decoded(file):
    """Return a picture upright, and on white where it is transparent."""
    image = PIL.Image.open(file)
    image.load()
    turn = TURNS.get(image.getexif().get(0x0112))
    if image.mode == "F" or (image.mode.startswith("I") and image.format == "TIFF"):
        raise ValueError("whose numbers are not bytes: save it as PNG")
    if image.mode.startswith("I"):
        wide = np.asarray(image).astype(np.uint32)
        gray, clear = ((wide + 128) // 257).astype(np.uint8), image.info.get("transparency")
        if clear is not None:
            gray[wide == clear] = 255
        image = PIL.Image.fromarray(gray)
    elif image.has_transparency_data:
        picture = image.convert("RGBA")
        white = PIL.Image.new("RGBA", picture.size, "white")
        image = PIL.Image.alpha_composite(white, picture)
    image = image.convert("RGB")
    return image if turn is None else image.transpose(PIL.Image.Transpose(turn))


def views(file):
    """Return a picture as the network reads it: views x channels x height x width."""
    picture = decoded(file).convert("L" if CHANNELS == 1 else "RGB")
{fitting}
    if stored.ndim == 2:
        stored = stored[:, :, None]
    stored = torch.from_numpy(stored.transpose(2, 0, 1).copy()).float()
    corners = [(MARGIN // 2, MARGIN // 2)]
    if VIEWS == "ten-crop":
        corners += [(0, 0), (0, MARGIN), (MARGIN, 0), (MARGIN, MARGIN)]
    parts = []
    for top, left in corners:
        part = stored[:, top : top + HEIGHT - MARGIN, left : left + WIDTH - MARGIN]
        parts += [part] if VIEWS == "one" else [part, part.flip(-1)]
    return {values}


def predict(network, file):
    """Return the probability of each class for a picture."""
    chances = probabilities(network, views(file)).mean(0)
    return dict(zip(CLASSES, chances.tolist()))


if __name__ == "__main__":
    network = load()
    for file in sys.argv[1:]:
        best = sorted(predict(network, file).items(), key=lambda one: -one[1])[:3]
        print(file, *(f"{{name}} {{chance:.4f}}" for name, chance in best), sep="  ")
'''

_SCALED = """
    {size}
    # One axis at a time: Pillow rounds between them, and which comes first has changed with its versions.
    picture = picture.resize((broad, picture.height), PIL.Image.Resampling.BILINEAR)
    picture = picture.resize((broad, tall), PIL.Image.Resampling.BILINEAR)
    top, left = (tall - HEIGHT) // 2, (broad - WIDTH) // 2
    stored = np.array(picture.crop((left, top, left + WIDTH, top + HEIGHT)))
"""

_COVERING = """    if picture.height * WIDTH <= picture.width * HEIGHT:
        tall, broad = HEIGHT, max(WIDTH, round(picture.width * HEIGHT / picture.height))
    else:
        tall, broad = max(HEIGHT, round(picture.height * WIDTH / picture.width)), WIDTH""".strip()

_CONTAINED = """    if picture.height * WIDTH <= picture.width * HEIGHT:
        tall, broad = max(1, round(picture.height * WIDTH / picture.width)), WIDTH
    else:
        tall, broad = HEIGHT, max(1, round(picture.width * HEIGHT / picture.height))""".strip()

_DIGIT = """
    fields, have_ink = center_digits(np.asarray(picture)[None], box=BOX, side=HEIGHT)
    if not have_ink[0]:
        raise ValueError("without ink")
    stored = fields[0]
"""


def standalone(bundle: Bundle) -> tuple[str, bytes]:
    """Return the file of Python, and the weights that it loads from the `.pt` file beside it.

    Raises:
        DocumentError: A row cannot be said in code of PyTorch.
    """
    code = write_form(bundle.document, "torch").text
    head, _, _ = code.partition('\n\nif __name__ == "__main__":')
    name = next(
        node.name for node in reversed(ast.parse(code).body) if isinstance(node, ast.ClassDef)
    )
    image, preparation = bundle.document.table.image, bundle.document.preparation
    text = head + _READING.format(
        classes=bundle.classes,
        mean=_MEAN,
        name=name,
        input=bundle.network.walk.input,
        probabilities=_chances(bundle.network.ending, bundle.document.recipe.map_constant),
    )
    imports = "from pathlib import Path\n\n"
    if image is not None and image.channels in {1, 3}:
        imports = f"import sys\n{imports}import numpy as np\nimport PIL.Image\n"
        stored, (low, step) = (
            stored_image(image, preparation),
            map(_across, preparation.byte_values),
        )
        text += _source_of_digits() if preparation.fit == "digit" else ""
        text += _PICTURES.format(
            fit=preparation.fit,
            box=preparation.box,
            margin=preparation.margin,
            views=bundle.document.recipe.views,
            channels=image.channels,
            height=stored.height,
            width=stored.width,
            low=low,
            step=step,
            fitting=_fitting(bundle).strip("\n"),
            values="torch.stack(parts) * STEP + LOW"
            if bundle.mean is None
            else f'(torch.stack(parts) - torch.load(WEIGHTS, weights_only=True)["{_MEAN}"]) * STEP',
        )
    text = text.replace("import torch\n", f"{imports}import torch\n", 1)
    if "functional as F" not in text:
        text = text.replace(
            "from torch import nn\n",
            "from torch import nn\nfrom torch.nn import functional as F\n",
            1,
        )
    content = BytesIO()
    state = _renamed(bundle, text, name)
    torch.save(state if bundle.mean is None else {**state, _MEAN: bundle.mean.cpu()}, content)
    return text, content.getvalue()


def _renamed(bundle: Bundle, text: str, name: str) -> dict[str, Tensor]:
    """Return the weights under the names of the written module, which has them in the same order.

    Raises:
        ExportError: A shape is another one.
    """
    scope: dict[str, Any] = {"__name__": "written", "__file__": "written.py"}
    exec(compile(text, "written.py", "exec"), scope)
    wanted = scope[name]().state_dict()
    own = {key: values.cpu() for key, values in bundle.network.state_dict().items()}
    if wanted.keys() != own.keys():
        own = dict(zip(wanted, own.values(), strict=False))
    if {key: value.shape for key, value in own.items()} != {
        key: value.shape for key, value in wanted.items()
    }:
        raise ExportError(code_of_other_weights(bundle.document.name))
    return own


def _across(numbers: tuple[float, ...]) -> str:
    """Write one number for all channels, or a tensor of one for each."""
    return repr(numbers[0]) if len(numbers) == 1 else f"torch.tensor({numbers!r}).view(-1, 1, 1)"


def _fitting(bundle: Bundle) -> str:
    match bundle.document.preparation.fit:
        case "digit":
            return _DIGIT
        case "resize":
            return _SCALED.format(size="tall, broad = HEIGHT, WIDTH")
        case "crop":
            return _SCALED.format(size=_COVERING)
        case "letterbox":
            return _SCALED.format(size=_CONTAINED)
        case fit:
            assert_never(fit)


def _source_of_digits() -> str:
    """Return what finds and centers digits, as it stands in Striate, without the faults around it."""
    tree = ast.parse(getsource(digits))
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        or (isinstance(node, ast.FunctionDef) and node.name != "center_digit")
    ]
    for node in kept:
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs):
                argument.annotation = None
    values = [node for node in kept if not _is_type(node)]
    return "\n\n\n" + "\n\n\n".join(ast.unparse(node) for node in values)


def _is_type(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and "npt" in ast.unparse(node)


def _chances(ending: Ending, constant: float) -> str:
    match ending:
        case "scores":
            return "torch.softmax(y, 1)"
        case "one score":
            return "torch.sigmoid(torch.cat((-y, y), 1))"
        case "distances":
            return f"torch.softmax(F.pad(-y, (0, 1), value={-constant!r}), 1)[:, :-1]"
        case _:
            assert_never(ending)
