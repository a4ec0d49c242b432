"""Peers as processes of their own environment, and those that are not installed there."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from cases import PEERS, PYTHON_OF_PEERS, ROOT, Peer
from striate.bench.files import Width
from striate.bench.study import Program, own_programs


def program_of(peer: Peer, folder: Path, width: Width | None = None) -> Program:
    """Give the process of a peer; compilers find an empty cache in the workload's folder."""
    environment = {
        **peer.environment,
        "PYTHONPATH": str(ROOT / "src"),
        "TORCHINDUCTOR_CACHE_DIR": str(folder / "inductor" / peer.name),
    }
    own = own_programs().get(peer.name)
    words = (str(ROOT / "benchmarks" / "peers"), peer.name) if own is None else own.command[1:]
    return Program(peer.name, (str(PYTHON_OF_PEERS), *words), environment, width)


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
