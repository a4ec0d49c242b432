"""Memory that a step has freed is not asked for again, and what nobody needs is not loaded."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from striate.kernels import Kernel, descent


PROBE = """
import resource, sys
import torch
from striate.training import settle_process

if sys.argv[1] == "settled":
    settle_process()
for _ in range(3):
    torch.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages_asked_for(how: str) -> int:
    """Count them in a fresh process that makes and drops 64 MiB ten times."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, how], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="it is a switch of glibc")
def test_a_settled_process_keeps_what_it_frees() -> None:
    # By default every page is asked for each of the ten times; pages may be huge, so neither count is known
    # beforehand. A small block that lies in the way may cost a settled process one piece once more.
    assert pages_asked_for("settled") <= 0.2 * pages_asked_for("as it comes")


FLAGS_OF_NEW_MEMORY = """
from pathlib import Path
import torch
from striate.training import settle_process

settle_process()
block = torch.empty(2**27)
place = block[2**26:].data_ptr()  # its first bytes may fill up a page that was there before
inside = False
for line in Path("/proc/self/smaps").read_text().splitlines():
    first = line.split()[0]
    if "-" in first:
        begin, end = (int(one, 16) for one in first.split("-"))
        inside = begin <= place < end
    elif inside and first == "VmFlags:":
        print(line)
"""


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists(), reason="it has no huge pages"
)
def test_a_settled_process_asks_for_huge_pages() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FLAGS_OF_NEW_MEMORY], capture_output=True, text=True, check=True
    )
    assert "hg" in done.stdout.split()


WITHOUT_COMPILER = """
import sys
import striate

done = striate.train("lenet5", sys.argv[1], sys.argv[2], epochs=2, optimizer=sys.argv[3])
print(done.test.examples, "torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("optimizer", ["adamw", "nesterov", "muon", "adadelta"])
def test_a_small_run_does_without_the_compiler_of_torch(
    optimizer: str, small_digits: str, tmp_path: Path, compiled: Callable[[Kernel], None]
) -> None:
    compiled(descent.KERNEL)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_COMPILER, small_digits, str(tmp_path / "run"), optimizer],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["300", "False"]
