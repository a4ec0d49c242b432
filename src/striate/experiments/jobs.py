"""Trainings side by side, one a core, each kept by its content as soon as it is done."""

import hashlib
import json
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, final
from warnings import catch_warnings, simplefilter

import torch

from striate.data import Source
from striate.documents import fingerprint
from striate.experiments.learning import Job, learn, prepare
from striate.experiments.measures.kinds import Measure, read_measure
from striate.experiments.measures.networks import measure_network
from striate.runtime.guard import SlowerWarning
from striate.system.files import cache_folder, make_private, write_durably
from striate.training import settle_process
from striate.version import __version__


Result = dict[str, Any]
"""What is kept of a training: `values` by measure, `history`, `seconds`, `processor`; of a search its `error` and `loss`."""


def run_job(job: Job) -> Result:
    """Train and measure; what is asked before training is asked of a network that has not learnt.

    Raises:
        TrainingError: The loss is no longer finite.
        ExperimentError: A measure cannot be asked of this network.
    """
    began = time.process_time()
    with catch_warnings():
        if (
            job.setting.unshared
        ):  # it was built with other modules, and runs without kernels: that is known
            simplefilter("ignore", SlowerWarning)
        found = _measured(job)
    return found | {"processor": time.process_time() - began}


def _measured(job: Job) -> Result:
    before = [text for text in job.measures if _is_untrained(text)]
    after = [text for text in job.measures if not _is_untrained(text)]
    values = {text: measure_network(prepare(job), text) for text in before}
    if not (after or job.is_search):
        return {"values": values, "history": [], "seconds": 0.0}
    learnt = learn(job)
    result: Result = {"history": list(learnt.history), "seconds": learnt.seconds}
    if job.is_search:
        found = learnt.evaluation()
        return result | {"error": found.error, "loss": found.loss}
    return result | {"values": values | {text: measure_network(learnt, text) for text in after}}


def _is_untrained(text: str) -> bool:
    measure = read_measure(text)
    return isinstance(measure, Measure) and measure.is_untrained


def digest_of(source: Source) -> str:
    """Compute the SHA-256 of all that is learnt from and measured on."""
    digest = hashlib.sha256()
    for part in (source.train, source.test):
        digest.update(part.images[:].contiguous().numpy().data)
        digest.update(part.labels.contiguous().numpy().data)
    for text in source.texts:
        digest.update(f"{text}\n".encode())
    return digest.hexdigest()


def key_of(job: Job, data: str) -> str:
    """Compute the name under which a training is kept: all that its numbers depend on.

    Args:
        job: The training.
        data: Digest of the data.
    """
    setting, budget = job.setting, asdict(job.budget)
    said = {
        "network": fingerprint(setting.document),
        "shuffled": setting.shuffled,
        "is_trained": setting.is_trained,
        "unshared": setting.unshared,
        "train": setting.train or budget["train"],
        "test": budget["test"],
        "epochs": budget["epochs"],
        "seed": job.seed,
        "rate": job.rate,
        "is_search": job.is_search,
        "measures": sorted(job.measures),
        "data": data,
        "striate": __version__,
        "torch": str(torch.__version__),
        "processor": torch.backends.cpu.get_cpu_capability(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@final
@dataclass(frozen=True, slots=True)
class Store:
    """Finished trainings, a small file each, in the cache.

    Args:
        folder: Where they lie.
    """

    folder: Path

    def read(self, key: str) -> Result | None:
        """Return a finished training; None where there is none, or its file is damaged."""
        try:
            kept = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return kept if isinstance(kept, dict) and "processor" in kept else None

    def write(self, key: str, result: Result) -> None:
        """Keep a finished training."""
        make_private(self.folder)
        write_durably(self.folder / f"{key}.json", json.dumps(result))


def usual_store() -> Store:
    """Return the store in the user's cache."""
    return Store(cache_folder() / "experiments")


def run_jobs(
    jobs: Sequence[Job],
    data: str,
    store: Store,
    workers: int,
    listen: Callable[[Job, Result], None],
) -> list[Result]:
    """Do trainings that are not yet kept, and return all of them in order.

    Args:
        jobs: The trainings.
        data: Digest of their data.
        store: Where they are kept.
        workers: Processes; 1 works in this one.
        listen: Called with each training that is done, or was kept.

    Raises:
        StriateError: A training cannot be done; those that are done stay kept.
        KeyboardInterrupt: It was interrupted; those that are done stay kept.
    """
    keys = [key_of(job, data) for job in jobs]
    found = {at: kept for at, key in enumerate(keys) if (kept := store.read(key)) is not None}
    for at, kept in found.items():
        listen(jobs[at], kept)
    left = [at for at in range(len(jobs)) if at not in found]
    for at, result in _done(jobs, left, min(workers, len(left))):
        store.write(keys[at], result)
        found[at] = result
        listen(jobs[at], result)
    return [found[at] for at in range(len(jobs))]


def _done(jobs: Sequence[Job], left: Sequence[int], workers: int) -> Iterator[tuple[int, Result]]:
    if workers <= 1:
        # One thread, as in a process for each core: sums depend on how they are cut.
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for at in left:
                yield at, run_job(jobs[at])
        finally:
            torch.set_num_threads(threads)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_settle) as pool:
        waiting: dict[Future[Result], int] = {pool.submit(run_job, jobs[at]): at for at in left}
        try:
            while waiting:
                done, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for one in done:
                    yield waiting.pop(one), one.result()
        except BaseException:
            _stop(pool, waiting)
            raise


def _stop(pool: ProcessPoolExecutor, waiting: Iterable[Future[Result]]) -> None:
    """Give up what has not been done, at once: it is begun again next time."""
    for one in waiting:
        one.cancel()
    for process in list((pool._processes or {}).values()):
        process.terminate()


def _settle() -> None:
    # Ctrl-C reaches all processes of a terminal; this one's parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settle_process(1)
