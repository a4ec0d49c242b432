"""One command in several processes of this machine, which torch starts and watches."""

import logging
import os
import sys
import uuid
from collections.abc import Sequence

from striate.errors import RankError, RecipeError
from striate.errors.ranks import processes_ended, processes_inside_torchrun
from striate.errors.recipes import field_above, field_below
from striate.system.torchrun import started_together


_MOST = 1024
_OPTION = "--processes"
_INTERRUPTED = 130


def run_in_processes(count: int, threads: int | None, words: Sequence[str]) -> int:
    """Run this very command in several processes, without its number of them.

    Args:
        count: Of processes.
        threads: Of each; the cores are divided when absent.
        words: Behind `striate`.

    Returns:
        The exit code of the process that ended first with another one than 0.

    Raises:
        RecipeError: So many processes cannot be.
        RankError: This one was itself started by torchrun, or one of them was killed.
    """
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    from striate.system.devices import available_cores

    if started_together() > 1:
        raise RankError(processes_inside_torchrun())
    if not 1 < count <= _MOST:
        limit = field_below(_OPTION, count, 1) if count < 1 else field_above(_OPTION, count, _MOST)
        raise RecipeError(limit)
    each = threads or max(1, available_cores() // count)
    os.environ.setdefault("OMP_NUM_THREADS", str(each))
    if sys.platform == "linux":
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")  # nobody on another machine is to join
    logging.disable(logging.CRITICAL)  # torch tells in tracebacks what is told here
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=uuid.uuid4().hex,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=0,
    )
    try:
        elastic_launch(config, sys.executable)("-m", "striate", *_without_count(words))
    except ChildFailedError as error:
        codes = [failure.exitcode for failure in error.failures.values()]
        killed = [code for code in codes if code < 0]
        if killed and not any(code > 0 for code in codes):
            raise RankError(processes_ended(-killed[0])) from None
        return next((code for code in codes if code > 0), 1)
    except (SignalException, KeyboardInterrupt):
        return _INTERRUPTED
    return 0


def _without_count(words: Sequence[str]) -> list[str]:
    """Give the words of the command, but for the number of processes."""
    kept: list[str] = []
    given = iter(words)
    for word in given:
        if word == _OPTION:
            next(given, None)
        elif not word.startswith(f"{_OPTION}="):
            kept.append(word)
    return kept
