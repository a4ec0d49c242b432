"""Memory that a step has freed is not asked for again, and what nobody needs is not loaded."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from striate.kernels import Kernel, descent


PROBE = """
import resource, sys
from pathlib import Path
import torch

if sys.argv[1] == "settled":
    from striate.training import settle_process

    settle_process()
for _ in range(3):
    torch.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
block = torch.empty(2**27)
place = block[2**26:].data_ptr()  # its first bytes may fill up a page that was there before
inside = False
for line in Path("/proc/self/smaps").read_text().splitlines():
    first = line.split()[0]
    if "-" in first:
        begin, end = (int(edge, 16) for edge in first.split("-"))
        inside = begin <= place < end
    elif inside and first == "VmFlags:":
        print(line)
"""


def memory_of(how: str) -> tuple[int, list[str]]:
    """Count the pages of a fresh process that makes and drops 64 MiB ten times, and give the flags of a new block."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, how], capture_output=True, text=True, check=True
    )
    pages, *flags = done.stdout.split()
    return int(pages), flags


@pytest.mark.skipif(sys.platform != "linux", reason="they are switches of glibc")
def test_a_settled_process_keeps_what_it_frees_and_asks_for_huge_pages() -> None:
    pages, flags = memory_of("settled")
    # By default every page is asked for each of the ten times; pages may be huge, so neither count is known
    # beforehand. A small block that lies in the way may cost a settled process one piece once more.
    assert pages <= 0.2 * memory_of("as it comes")[0]
    if Path("/sys/kernel/mm/transparent_hugepage").exists():
        assert "hg" in flags


WITHOUT_COMPILER = """
import sys
import striate

folder, *optimizers = sys.argv[1:]
for name in optimizers:
    done = striate.train("mlp", "xor", f"{folder}/{name}", epochs=2, optimizer=name)
    print(name, done.test.examples, "torch._dynamo" in sys.modules)
"""


def test_small_runs_do_without_the_compiler_of_torch(
    tmp_path: Path, compiled: Callable[[Kernel], None]
) -> None:
    compiled(descent.KERNEL)
    optimizers = ["adamw", "nesterov", "muon", "adadelta"]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_COMPILER, str(tmp_path), *optimizers],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [f"{name} 4 False" for name in optimizers]
