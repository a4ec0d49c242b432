"""Messages about weights of another network that a network is to begin with."""

from striate.errors.fault import Fault, counted


def unreadable_weights(where: str, problem: str) -> Fault:
    """Report a file of weights that cannot be read."""
    return Fault(
        where=where,
        came=f"its weights cannot be read: {problem}.",
        needed="tensors by name; nothing else of a file is ever run or unpickled.",
        fix="check the path, or write the state dict with safetensors.torch.save_file.",
    )


def weights_not_known(where: str) -> Fault:
    """Report a file whose form says nothing of weights."""
    return Fault(
        where=where,
        came="it is no bundle, and its ending is none of a file of weights.",
        needed="the folder of a bundle or of a run, or a file .safetensors, .npz, .pth, .pt or .bin.",
        fix="check the path.",
    )


def order_not_kept(where: str, name: str) -> Fault:
    """Report a file whose tensors have names of their own, in no order."""
    return Fault(
        where=where,
        came=f"no name in it is one of the network's, {name} does not say where it stands, and safetensors keeps no "
        "order.",
        needed="the network's own names, those of torchvision or timm for ResNet, VGG and AlexNet, or a file that "
        "keeps the order.",
        fix="write the state dict as .npz or .pth, or pass it to striate.load_weights.",
    )


def no_weights_fit(where: str, fitted: int, came: str, needed: str) -> Fault:
    """Report weights of another network."""
    return Fault(
        where=where,
        came=f"no name in it is one of the network's, and in order {counted(fitted, 'tensor')} fit until {came} "
        f"stands for {needed}.",
        needed="the same rows with weights in the same order, the last one aside.",
        fix="take the table of the network that the weights belong to: `striate diff` compares two.",
    )
