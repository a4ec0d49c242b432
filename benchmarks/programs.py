"""Peers as processes, and what they need beside the files of a workload."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cases import PEERS, PYTHON_OF_PEERS, ROOT, Peer
from command_line import tell
from striate.bench.files import Width
from striate.bench.study import Program


def program_of(peer: Peer, folder: Path, width: Width | None = None) -> Program:
    """Give the process of a peer; compilers find an empty cache in the workload's folder."""
    environment = {
        **peer.environment,
        "PYTHONPATH": str(ROOT / "src"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor" / peer.name),
    }
    command_ = (str(PYTHON_OF_PEERS), str(ROOT / "benchmarks" / "peers"), peer.name)
    return Program(peer.name, command_, environment, width)


def export(folder: Path, batch: int, width: Width) -> None:
    """Write the graph that ONNX Runtime and OpenVINO read.

    Their workers fail without it, and tell so; what the export printed is shown here.
    """
    script = ROOT / "benchmarks" / "peers" / "onnx_export.py"
    words = [str(PYTHON_OF_PEERS), str(script), str(folder), str(batch)]
    words += ["int8"] if width == "int8" else []
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        tell(f"the export to ONNX failed:\n{done.stderr[-2000:]}")


def missing_peers(names: Sequence[str]) -> dict[str, str]:
    """Name the peers whose packages are not installed."""
    if not PYTHON_OF_PEERS.exists():
        reason = "not installed: run benchmarks/install-peers"
        return dict.fromkeys(names, reason)
    missing = {}
    for peer in PEERS:
        probe = f"""
import importlib.util, sys
absent = [one for one in {peer.packages!r} if importlib.util.find_spec(one) is None]
print(", ".join(absent))
"""
        done = subprocess.run(
            [str(PYTHON_OF_PEERS), "-c", probe], capture_output=True, text=True, check=True
        )
        if done.stdout.strip():
            missing[peer.name] = f"not installed: {done.stdout.strip()}"
    return missing
