"""What torch's tools, and three by others, make of the built networks: writes `docs/torch-tools.md`.

Each tool is tried on each network, with kernels and without, in a process of its own, behind a form that has compiled and used
whatever it likes. A cell says `yes` where the tool gives what the network itself gives; `no` comes with the reason below the table.

    PYTHONPATH=src python scripts/torch_tools.py          # captum, onnx, onnxruntime, onnxscript, torchinfo where installed
"""

import argparse
import copy
import io
import os
import pickle
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, jvp, vmap
from torch.nn.parallel import DistributedDataParallel
from torch.nn.utils import parametrizations, prune
from torch.optim.swa_utils import AveragedModel
from torch.utils.checkpoint import checkpoint

import striate
from striate.kernels.kernel import SWITCH
from striate.modules import Network
from striate.shapes import Words


PAGE = Path(__file__).resolve().parents[1] / "docs" / "torch-tools.md"
NETWORKS = ("mlp", "lenet5", "text-cnn", "fashion-cnn", "alexnet", "resnet18", "googlenet")
BATCH = 2
TOLERANCE = 1e-4
"""Part of the largest output."""


class DoesNotApplyError(Exception):
    """A tool asks for what a network has not: numbers to differentiate by, or a row of maps."""


def forward_hooks(network: Network, examples: Tensor) -> Tensor:
    """Count the hooks of all rows, forward and back."""
    called = set()
    for name, child in network.named_children():
        child.register_forward_hook(lambda *_, name=name: called.add((name, "forward")))
        child.register_full_backward_hook(lambda *_, name=name: called.add((name, "back")))
    given = network(_with_gradient(examples))
    given.square().sum().backward()
    trunk = {child for step in network.steps[: network.trunk_length] for child in step.children}
    whens = ("forward", "back") if examples.is_floating_point() else ("forward",)
    missing = {(name, when) for name in trunk for when in whens} - called
    assert not missing, f"no hook was called of {sorted(missing)}"
    return given


def replaced_row(network: Network, examples: Tensor) -> Tensor:
    """Wrap the last row, as an adapter is."""
    child = network.steps[network.trunk_length - 1].child
    twin = copy.deepcopy(network)
    setattr(twin, child, nn.Sequential(getattr(twin, child), nn.Identity()))
    return twin(examples)


def pruned(network: Network, examples: Tensor) -> Tensor:
    """Prune nothing of every weight, and look that the mask is asked."""
    twin = copy.deepcopy(network)
    for module in list(twin.modules()):
        if isinstance(module, nn.Conv2d | nn.Linear):
            prune.identity(module, "weight")  # type: ignore[no-untyped-call]
    return twin(examples)


def weight_normalized(network: Network, examples: Tensor) -> Tensor:
    """Parametrize the weights of torch's own layers."""
    twin = copy.deepcopy(network)
    for module in list(twin.modules()):
        if isinstance(module, nn.Conv2d | nn.Linear):
            parametrizations.weight_norm(module)
    return twin(examples)


def emptied(network: Network, examples: Tensor) -> Tensor:
    """Go to the meta device, come back empty, and load the numbers strictly."""
    twin = copy.deepcopy(network).to("meta").to_empty(device="cpu")
    twin.load_state_dict(network.state_dict())
    return twin(examples)


def doubled(network: Network, examples: Tensor) -> Tensor:
    """Work in double precision."""
    wide = examples.double() if examples.is_floating_point() else examples
    return copy.deepcopy(network).double()(wide).float()


def per_sample_gradients(network: Network, examples: Tensor) -> Tensor:
    """Map the gradients of single examples over a batch; their sum is that of the batch, in double precision."""
    network = copy.deepcopy(network).double()
    examples = examples.double() if examples.is_floating_point() else examples
    weights = {name: values.detach() for name, values in network.named_parameters()}

    def loss(weights: dict[str, Tensor], example: Tensor) -> Tensor:
        return functional_call(network, weights, (example.unsqueeze(0),)).square().sum()

    each = vmap(grad(loss), (None, 0))(weights, examples)
    given = network(examples)
    given.square().sum().backward()
    for name, values in network.named_parameters():
        if values.grad is not None:
            _compare(each[name].sum(0), values.grad)
    return given.float()


def double_backward(network: Network, examples: Tensor) -> Tensor:
    """Differentiate a gradient."""
    inputs = _with_gradient(_numbers(examples))
    given = network(inputs)
    (first,) = torch.autograd.grad(given.square().sum(), inputs, create_graph=True)
    first.square().sum().backward()  # type: ignore[no-untyped-call]
    assert inputs.grad is not None
    return given


def forward_mode(network: Network, examples: Tensor) -> Tensor:
    """Push a tangent through; the gradient says the same."""
    values = _numbers(examples)
    given, tangent = jvp(network, (values,), (torch.ones_like(values),))[:2]
    inputs = _with_gradient(values)
    (slopes,) = torch.autograd.grad(network(inputs).sum(), inputs)
    _compare(tangent.sum(), slopes.sum(), 1e-2)
    return given


def traced(network: Network, examples: Tensor) -> Tensor:
    """Trace, save, and load again."""
    kept = io.BytesIO()
    torch.jit.save(torch.jit.trace(network, examples), kept)  # type: ignore[no-untyped-call]
    kept.seek(0)
    return torch.jit.load(kept)(examples)  # type: ignore[no-untyped-call]


def exported(network: Network, examples: Tensor) -> Tensor:
    """Export with torch.export."""
    return torch.export.export(network, (examples,)).module()(examples)


def symbolically_traced(network: Network, examples: Tensor) -> Tensor:
    """Trace with torch.fx."""
    return torch.fx.symbolic_trace(network)(examples)


def fake_tensors(network: Network, examples: Tensor) -> Tensor:
    """Run without numbers."""
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        made = network(mode.from_tensor(examples))
    given = network(examples)
    assert made.shape == given.shape
    return given


def compiled(backend: str) -> Callable[[Network, Tensor], Tensor]:
    """Return a tool that compiles with a backend."""

    def tool(network: Network, examples: Tensor) -> Tensor:
        return torch.compile(network, backend=backend)(examples)

    return tool


def onnx_files(*, dynamo: bool) -> Callable[[Network, Tensor], Tensor]:
    """Return a tool that exports to ONNX, and has ONNX Runtime read it."""

    def tool(network: Network, examples: Tensor) -> Tensor:
        onnxruntime = import_module("onnxruntime")  # has no types, and need not be there

        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "network.onnx"
            if dynamo:
                made = torch.onnx.export(network, (examples,), dynamo=True, verbose=False)
                assert made is not None
                made.save(str(file))
            else:
                torch.onnx.export(network, (examples,), str(file), dynamo=False)
            session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
            name = session.get_inputs()[0].name
            return torch.from_numpy(session.run(None, {name: examples.numpy()})[0])

    return tool


def checkpointed(network: Network, examples: Tensor) -> Tensor:
    """Compute the rows again on the way back."""
    given = checkpoint(network, examples, use_reentrant=False)
    given.sum().backward()
    return given


def quantized(network: Network, examples: Tensor) -> Tensor:
    """Have full layers in int8."""
    twin = torch.ao.quantization.quantize_dynamic(copy.deepcopy(network), {nn.Linear})  # type: ignore[no-untyped-call]
    was = sum(type(module) is nn.Linear for module in network.modules())
    made = torch.ao.nn.quantized.dynamic.Linear
    assert was == sum(isinstance(module, made) for module in twin.modules())
    twin(examples)
    return network(examples)


def distributed(network: Network, examples: Tensor) -> Tensor:
    """Train beside others; here, one process with itself."""
    with tempfile.TemporaryDirectory() as folder:
        store = torch.distributed.FileStore(f"{folder}/store", 1)  # type: ignore[attr-defined]
        torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
        beside = DistributedDataParallel(network, find_unused_parameters=True)
        given = beside(examples)
        given.square().sum().backward()
        torch.distributed.destroy_process_group()
    return given


def captum_grad_cam(network: Network, examples: Tensor) -> Tensor:
    """Ask which places of a row's maps speak for a class."""
    from captum.attr import LayerGradCam

    inputs, given = _with_gradient(_numbers(examples)), network(examples)
    for name, child in network.named_children():
        if isinstance(child, nn.Conv2d):
            places = LayerGradCam(network, child).attribute(inputs, target=0)
            assert places.isfinite().all(), name
            return given
    raise DoesNotApplyError


def captum_integrated(network: Network, examples: Tensor) -> Tensor:
    """Share an output out over what was read: the shares add up to it."""
    from captum.attr import IntegratedGradients

    values = _numbers(examples)
    told = IntegratedGradients(network).attribute(
        values, target=0, n_steps=8, return_convergence_delta=True
    )
    shares, rest = told
    given = network(values)
    first, none = given[:, 0], network(torch.zeros_like(values))[:, 0]
    _compare(shares.flatten(1).sum(1) - rest, first - none, 1e-2)
    return given


def torchinfo_summary(network: Network, examples: Tensor) -> Tensor:
    """Count the parameters."""
    from torchinfo import summary

    found = summary(network, input_data=examples, verbose=0)
    trunk = network.without_heads(dict(network.named_parameters()))
    counted = sum(values.numel() for values in network.parameters())
    assert found.total_params in {counted, sum(values.numel() for values in trunk.values())}
    return network(examples)


TOOLS: dict[str, tuple[Callable[[Network, Tensor], Tensor], tuple[str, ...]]] = {
    "`copy.deepcopy`": (lambda network, examples: copy.deepcopy(network)(examples), ()),
    "`pickle`": (lambda network, examples: pickle.loads(pickle.dumps(network))(examples), ()),
    "`to('meta')`, `to_empty`, strict `load_state_dict`": (emptied, ()),
    "`double()`": (doubled, ()),
    "hooks of every row, forward and back": (forward_hooks, ()),
    "a wrapped row": (replaced_row, ()),
    "`prune`": (pruned, ()),
    "`parametrizations.weight_norm`": (weight_normalized, ()),
    "`vmap(grad(...))`: gradients of single examples": (per_sample_gradients, ()),
    "double backward": (double_backward, ()),
    "`jvp`": (forward_mode, ()),
    "`checkpoint`": (checkpointed, ()),
    "`AveragedModel`": (lambda network, examples: AveragedModel(network)(examples), ()),
    "`DistributedDataParallel`": (distributed, ()),
    "`quantize_dynamic`": (quantized, ()),
    "`FakeTensorMode`": (fake_tensors, ()),
    "`fx.symbolic_trace`": (symbolically_traced, ()),
    "`jit.trace`, saved and loaded": (traced, ()),
    "`torch.export`": (exported, ()),
    "`torch.compile(backend='eager')`": (compiled("eager"), ()),
    "`torch.compile(backend='aot_eager')`": (compiled("aot_eager"), ()),
    "ONNX by TorchScript, read by ONNX Runtime": (
        onnx_files(dynamo=False),
        ("onnx", "onnxruntime"),
    ),
    "ONNX by dynamo, read by ONNX Runtime": (
        onnx_files(dynamo=True),
        ("onnx", "onnxruntime", "onnxscript"),
    ),
    "captum, Grad-CAM of a row": (captum_grad_cam, ("captum",)),
    "captum, integrated gradients": (captum_integrated, ("captum",)),
    "torchinfo": (torchinfo_summary, ("torchinfo",)),
}


def _with_gradient(values: Tensor) -> Tensor:
    return values.clone().requires_grad_() if values.is_floating_point() else values


def _numbers(examples: Tensor) -> Tensor:
    if not examples.is_floating_point():
        raise DoesNotApplyError
    return examples


def _compare(found: Tensor, expected: Tensor, tolerance: float = TOLERANCE) -> None:
    apart = float((found - expected).detach().abs().max())
    most = tolerance * max(float(expected.detach().abs().max()), 1e-30)
    assert apart <= most, f"differs by {apart:.2g}, at most {most:.2g}"


def network_and_examples(name: str) -> tuple[Network, Tensor]:
    """Build a network, have forms of it used, and draw something for it to read."""
    network = striate.build(name).eval()
    draws = torch.Generator().manual_seed(0)
    shape = network.walk.input
    with torch.no_grad():  # some rows begin at zero, and zero agrees with anything
        for values in network.parameters():
            if not values.any():
                values.normal_(0, 0.05, generator=draws)
    if isinstance(shape, Words):
        examples = torch.randint(1, 50, (BATCH, shape.count), generator=draws)
    else:
        examples = torch.rand(BATCH, *shape.axes, generator=draws)
    striate.for_inference(network)(examples)
    striate.for_training(network)(examples)
    return network, examples


def answer(tool: Callable[[Network, Tensor], Tensor], name: str) -> str:
    """Try a tool on a network in a fork of this process: `yes`, `-`, or what went wrong."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        told = _tried(tool, name)
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as pipe:
        told = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return told or f"the process ended with {code}"


def _tried(tool: Callable[[Network, Tensor], Tensor], name: str) -> str:
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        network, examples = network_and_examples(name)
        expected = network(examples).detach()
        _compare(tool(network, examples).detach(), expected)
        network.zero_grad()
    except DoesNotApplyError:
        return "-"
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        text = " ".join(str(error).split())[:160]
        return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {text}"
    return "yes"


def page() -> Iterator[str]:
    """Try everything, and give the lines of the page."""
    yield "# A network and torch's tools\n"
    yield (
        "Written by `scripts/torch_tools.py`. `yes`: the tool gives what the network itself gives, with kernels compiled and "
        "used by forms of it, and without (`STRIATE_KERNELS=off`). `-`: the tool asks for what the network has not, as the "
        "gradient of words. Two answers where kernels make a difference.\n"
    )
    yield f"torch {torch.__version__}, {BATCH} examples, outputs within {TOLERANCE:g} of the largest.\n"
    yield f"| tool | {' | '.join(NETWORKS)} |"
    yield f"| --- |{' --- |' * len(NETWORKS)}"
    notes = []
    for title, (tool, packages) in TOOLS.items():
        missing = [package for package in packages if find_spec(package) is None]
        cells = []
        for name in NETWORKS:
            answers: dict[str, str] = {}
            for switch in ("on", "off"):
                os.environ[SWITCH] = switch
                answers[switch] = (
                    f"{missing[0]} is not installed" if missing else answer(tool, name)
                )
            short = {key: told if told in {"yes", "-"} else "no" for key, told in answers.items()}
            cells.append(" / ".join(dict.fromkeys(short.values())))
            notes += [
                f"{title}, {name}, kernels {switch}: {told}"
                for switch, told in answers.items()
                if short[switch] == "no"
            ]
        line = f"| {title} | {' | '.join(cells)} |"
        print(line, file=sys.stderr, flush=True)
        yield line
    yield from ("", *(f"- {note}" for note in notes)) if notes else ()


def main() -> None:
    """Write the page."""
    argparse.ArgumentParser(description=str(__doc__).partition("\n")[0]).parse_args()
    torch.set_num_threads(1)
    PAGE.write_text("\n".join(page()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
