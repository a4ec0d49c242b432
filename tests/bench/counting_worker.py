"""A worker for tests, without torch: it counts, prints where it must not, and fails when told to."""

import sys
import time
from typing import final

from striate.bench.serving import Answer, Job, serve


@final
class Counting:
    """Gives the speed that its job names."""

    def __init__(self, job: Job) -> None:
        print("libraries print to standard output")  # noqa: T201 - as libraries do
        if job.get("fails"):
            message = "no such network"
            raise ValueError(message)
        self.facts: Answer = {"network": job["network"]}
        self.speed = job["speed"]

    def block(self, seconds: float) -> Answer:
        time.sleep(seconds if seconds > 1 else 0)
        if seconds < 0:
            print("the last words", file=sys.stderr)  # noqa: T201 - as libraries do
            sys.exit(3)
        return {"examples": self.speed * seconds, "seconds": seconds}


if __name__ == "__main__":
    sys.exit(serve(Counting))
