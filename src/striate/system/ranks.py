"""The processes that train one network together; one alone is a group of one."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar, final

import torch
from torch import Tensor, distributed
from torch.distributed.distributed_c10d import PrefixStore
from torch.distributed.rendezvous import rendezvous

from striate.errors import RankEchoError, RankError
from striate.errors.ranks import other_rank_ended, rank_lost, ranks_not_found
from striate.system.torchrun import attempt_of_agent, started_together


T = TypeVar("T")

_WAIT = timedelta(minutes=30)
"""How long a process waits for the others: one may have to decode all pictures."""


@final
class Ranks:
    """One process of a group whose processes train one network together.

    Args:
        rank: Number of this process, from 0.
        count: Number of processes.
        group: Of torch, whose processes talk over gloo; the usual one when absent.
    """

    def __init__(
        self, rank: int = 0, count: int = 1, group: distributed.ProcessGroup | None = None
    ) -> None:
        self.rank, self.count, self._group = rank, count, group
        self.weight = self.share = 1.0
        """What an example counts now, less than 1 where each process reads all of a small batch; and what the mean
        loss of this process's examples counts beside those of the others."""

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files, and tells."""
        return self.rank == 0

    @property
    def is_alone(self) -> bool:
        """Whether there is no other process."""
        return self.count == 1

    def part(self, length: int) -> slice:
        """Give this process's part of something, in order; all of it where there is less than one for each."""
        if length < self.count:
            return slice(0, length)
        return slice(length * self.rank // self.count, length * (self.rank + 1) // self.count)

    def add_up(self, values: Tensor) -> None:
        """Replace values by their sums over all processes.

        Raises:
            RankError: Another process has ended, or cannot be reached.
        """
        if not self.is_alone:
            self._reached(lambda: distributed.all_reduce(values, group=self._group))

    def take_from_first(self, values: Tensor) -> None:
        """Replace values by those of the first process."""
        if not self.is_alone:
            self._reached(lambda: distributed.broadcast(values, 0, group=self._group))

    def share_text(self, text: str) -> str:
        """Give all processes the text of the first one."""
        if self.is_alone:
            return text
        length = torch.tensor([len(text.encode())])
        self.take_from_first(length)
        content = torch.zeros(int(length), dtype=torch.uint8)
        if self.is_first:
            content = torch.tensor(list(text.encode()), dtype=torch.uint8)
        self.take_from_first(content)
        return bytes(content.tolist()).decode()

    def in_turn(self, work: Callable[[str], T], told: Callable[[T], str]) -> T:
        """Have the first process do some work, then all others; if one of them fails, all end.

        Args:
            work: What is done; it is handed what the first process tells of its outcome, and nothing there.
            told: What the first process tells the others of its outcome.

        Raises:
            RankEchoError: Another process has failed, which says why.
            Exception: What the work raises in this process.
        """
        if self.is_alone:
            return work("")
        if self.is_first:
            outcome = self.agreed(lambda: work(""))
            self.share_text(told(outcome))
            self.agreed(lambda: None)
            return outcome
        self.agreed(lambda: None)
        text = self.share_text("")
        return self.agreed(lambda: work(text))

    def agreed(self, work: Callable[[], T]) -> T:
        """Do some work as all other processes do theirs, which may be none; if one of them fails, all end.

        Raises:
            RankEchoError: Another process has failed, which says why; where all do, the first one.
            Exception: What the work raises in this process.
        """
        failure: BaseException | None = None
        outcome: list[T] = []
        try:
            outcome.append(work())
        except BaseException as error:
            failure = error
        is_failure = failure is not None
        counts = torch.tensor([float(is_failure), float(is_failure and self.is_first)])
        self.add_up(counts)
        of_any, of_first = counts.tolist()
        if failure is not None and (self.is_first or not of_first):
            raise failure
        if of_any:
            raise RankEchoError(other_rank_ended(self.rank, self.count)) from failure
        return outcome[0]

    def _reached(self, talk: Callable[[], object]) -> None:
        try:
            talk()
        except RuntimeError as error:
            problem = " ".join(str(error).split())
            raise RankError(rank_lost(self.rank, self.count, problem)) from error


ALONE = Ranks()
"""The group of one process."""

_joined: dict[int, Ranks] = {}
"""The group of this process, once it has joined it."""


def join_ranks() -> Ranks:
    """Join the processes that were started with this one by `torchrun`; a process that was not is alone.

    Raises:
        RankError: The others cannot be found.
    """
    count = started_together()
    if count == 1:
        return ALONE
    if count not in _joined:
        backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
        try:
            if distributed.is_initialized():  # by the program that calls
                group = distributed.new_group(backend=backend, timeout=_WAIT)
                rank, count = distributed.get_rank(), distributed.get_world_size()
            else:
                _meet(backend)
                group, rank = None, distributed.get_rank()
        except (RuntimeError, ValueError) as error:
            raise RankError(ranks_not_found(" ".join(str(error).split()))) from error
        _joined[count] = Ranks(rank, count, group)
    return _joined[count]


def _meet(backend: str) -> None:
    """Find the processes of this attempt; those of an earlier one have left their addresses in the store."""
    attempt = attempt_of_agent()
    if attempt is None:
        distributed.init_process_group(backend, timeout=_WAIT)
        return
    store, rank, count = next(rendezvous("env://", timeout=_WAIT))
    distributed.init_process_group(
        backend,
        store=PrefixStore(attempt, store),
        rank=rank,
        world_size=count,
        timeout=_WAIT,
    )


def leave_ranks() -> None:
    """Take leave of the other processes, which lets all of them end without a word."""
    if _joined and distributed.is_initialized():
        distributed.destroy_process_group()
    _joined.clear()
