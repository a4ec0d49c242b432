"""Ask a server as hard as can be, and compare every answer with the one that `predict` gave beforehand.

    python benchmarks/load.py RUN PICTURE ... [--requests 100000] [--clients 1,8,64] [--peer NAME=URL --process NAME=PID ...]
    python benchmarks/load.py RUN PICTURE ... --hours 1 [--rate 10]

A server of the run is started, and asked by 1, 8 and 64 clients that wait for each answer, and then three times as
often as it can answer. A peer is any server that takes a picture at its URL, in base64 as `picture` of JSON, and answers
with JSON that holds the name of the likeliest class as `class` and its probability as `score`. Servers take turns: A B B A.
With --process NAME=PID the processor's time of a peer is told as well: where other work shares the machine it alone compares.
With --hours it is asked at a steady rate instead, and its memory is read twice a minute.
"""

import argparse
import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit


TOLERANCE = 1e-4
OVERLOAD = 3
MEMORY_SECONDS = 30
WARM_SECONDS = 300
"""Until all that is made once has been made; memory is compared from there."""
PARTS = 10
T_OF_8 = 2.306
"""Student's t of 8 degrees of freedom, 97.5 %."""


@dataclass(frozen=True)
class Question:
    """A picture, and what `predict` says of it."""

    content: bytes
    name: str
    score: float

    @cached_property
    def in_json(self) -> bytes:
        """The picture as peers take it."""
        return json.dumps({"picture": base64.b64encode(self.content).decode()}).encode()


@dataclass
class Tally:
    """What came of many requests."""

    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    without_retry: int = 0
    began: float = 0.0
    ended: float = 0.0

    def told(self) -> dict[str, object]:
        """Return its figures: milliseconds, and answers a second."""
        ordered = sorted(self.seconds) or [float("nan")]
        took = self.ended - self.began
        return {
            "answers": len(self.seconds),
            "wrong": self.wrong,
            "statuses": dict(self.statuses),
            "refused_without_retry_after": self.without_retry,
            "p50_ms": round(1000 * statistics.median(ordered), 2),
            "p99_ms": round(1000 * ordered[int(0.99 * (len(ordered) - 1))], 2),
            "answers_a_second": round(len(self.seconds) / took, 1),
        }


class Client:
    """One connection that is kept.

    Args:
        url: Where it asks.
        is_peer: Whether pictures go in JSON, as servers take them that read no others.
    """

    def __init__(self, url: str, *, is_peer: bool = False) -> None:
        self.url, self.is_peer = urlsplit(url), is_peer

    async def open(self) -> None:
        """Connect."""
        self.reader, self.writer = await asyncio.open_connection(self.url.hostname, self.url.port)

    async def ask(self, question: Question, tally: Tally) -> None:
        """Send one picture, and compare what comes back; a connection that was closed while it was idle is opened again."""
        try:
            await self._ask(question, tally)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            if getattr(error, "partial", b""):
                raise
            self.writer.close()
            await self.open()
            await self._ask(question, tally)

    async def _ask(self, question: Question, tally: Tally) -> None:
        began = perf_counter()
        kind, sent = "image/png", question.content
        if self.is_peer:
            kind, sent = "application/json", question.in_json
        head = (
            f"POST {self.url.path}?{self.url.query} HTTP/1.1\r\nHost: {self.url.netloc}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(sent)}\r\n\r\n"
        )
        self.writer.write(head.encode() + sent)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
        status = int(answer.split(" ", 2)[1])
        length = int(answer.split("content-length: ", 1)[1].split("\r\n", 1)[0])
        body = await self.reader.readexactly(length)
        tally.statuses[status] += 1
        if status == 200:
            tally.seconds.append(perf_counter() - began)
            tally.wrong += not is_right(json.loads(body), question)
        else:
            tally.without_retry += "retry-after: " not in answer
        if "connection: close" in answer:
            self.writer.close()
            await self.open()


def is_right(told: dict[str, Any], question: Question) -> bool:
    """Whether an answer is the one of `predict`."""
    if "predictions" in told:
        (prediction,) = told["predictions"]
        best = prediction["classes"][0]
        name, score = best["name"], best["score"]
    else:
        name, score = told["class"], told["score"]
    return name == question.name and abs(score - question.score) < TOLERANCE


async def closed(
    url: str, questions: Sequence[Question], clients: int, requests: int, *, is_peer: bool
) -> Tally:
    """Have some clients ask, each as soon as it has its answer."""
    tally, left = Tally(), iter(range(requests))
    connections = [Client(url, is_peer=is_peer) for _ in range(clients)]
    await asyncio.gather(*(client.open() for client in connections))

    async def go_on(client: Client) -> None:
        for number in left:
            await client.ask(questions[number % len(questions)], tally)
        client.writer.close()

    tally.began = perf_counter()
    await asyncio.gather(*map(go_on, connections))
    tally.ended = perf_counter()
    return tally


async def overloaded(
    url: str, questions: Sequence[Question], rate: float, requests: int, connections: int
) -> Tally:
    """Ask so often a second, whether or not answers come."""
    tally = Tally()
    free: asyncio.Queue[Client] = asyncio.Queue()
    for _ in range(connections):
        client = Client(url)
        await client.open()
        free.put_nowait(client)
    asking: set[asyncio.Task[None]] = set()

    async def ask(number: int) -> None:
        client = await free.get()
        await client.ask(questions[number % len(questions)], tally)
        free.put_nowait(client)

    tally.began = perf_counter()
    for number in range(requests):
        wait = tally.began + number / rate - perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        elif number % 16 == 0:
            await asyncio.sleep(0)
        task = asyncio.create_task(ask(number))
        asking.add(task)
        task.add_done_callback(asking.discard)
    await asyncio.gather(*asking)
    tally.ended = perf_counter()
    return tally


async def steadily(
    url: str, questions: Sequence[Question], rate: float, seconds: float, process: int
) -> tuple[Tally, list[tuple[float, int]]]:
    """Ask at a rate that it bears easily, and return what came, and seconds with the memory then held in kB."""
    tally, client, held = Tally(), Client(url), list[tuple[float, int]]()
    await client.open()
    tally.began = perf_counter()
    number = 0
    while (passed := perf_counter() - tally.began) < seconds:
        if passed >= len(held) * MEMORY_SECONDS:
            held.append((passed, resident_kilobytes(process)))
        await client.ask(questions[number % len(questions)], tally)
        number += 1
        await asyncio.sleep(max(0.0, tally.began + number / rate - perf_counter()))
    client.writer.close()
    tally.ended = perf_counter()
    return tally, held


def slope_of(held: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """Return by how many kB the memory grows an hour, by least squares, and half the width of the 95 % interval.

    What is read twice a minute hangs together, so that the interval is that of the means of ten parts of the time.
    """
    size = max(1, len(held) // PARTS)
    parts = [held[at : at + size] for at in range(0, size * PARTS, size)]
    hours = [statistics.fmean(second for second, _ in part) / 3600 for part in parts]
    memory = [statistics.fmean(kilobytes for _, kilobytes in part) for part in parts]
    line = statistics.linear_regression(hours, memory)
    left = [
        found - line.intercept - line.slope * hour
        for hour, found in zip(hours, memory, strict=True)
    ]
    middle = statistics.fmean(hours)
    spread = sum((hour - middle) ** 2 for hour in hours)
    error = (sum(one**2 for one in left) / (PARTS - 2) / spread) ** 0.5
    return line.slope, T_OF_8 * error


def questions_of(bundle: str, files: Sequence[Path]) -> list[Question]:
    """Read the pictures, and have `predict` name them."""
    from striate.prediction import predict

    made = predict(bundle, files, top=1, precision="fp32").made
    return [
        Question(file.read_bytes(), *found.classes[0])
        for file, found in zip(files, made, strict=True)
    ]


def started(bundle: str, *flags: str) -> tuple["subprocess.Popen[str]", str]:
    """Start a server of the bundle, and return its address of predictions."""
    words = [sys.executable, "-m", "striate", "serve", bundle, "--port", "0", "--json", "--quiet"]
    process = subprocess.Popen([*words, *flags], stdout=subprocess.PIPE, text=True)
    if process.stdout is None:
        raise SystemExit(2)
    address = json.loads(process.stdout.readline())["address"]
    return process, f"{address}/v1/predict?top=1"


def resident_kilobytes(process: int) -> int:
    """Return the memory that a process holds; Linux alone tells."""
    fields = Path(f"/proc/{process}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


def processor_seconds(process: int) -> float:
    """Return what a process and those below it have taken of the processor; Linux alone tells."""
    found: dict[int, tuple[int, float]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            ticks = sum(map(int, fields[11:15]))  # its own, and of those below it that have ended
            found[int(stat.parent.name)] = int(fields[1]), ticks / os.sysconf("SC_CLK_TCK")
    below = {process}
    while more := {one for one, (parent, _) in found.items() if parent in below} - below:
        below |= more
    return sum(found[one][1] for one in below if one in found)


def read_arguments() -> argparse.Namespace:
    """Read the flags."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle")
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--clients", default="1,8,64")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME=URL")
    parser.add_argument("--process", action="append", default=[], metavar="NAME=PID")
    parser.add_argument("--hours", type=float, help="ask steadily for so long, and tell the memory")
    parser.add_argument("--rate", type=float, default=10.0, help="requests a second, with --hours")
    return parser.parse_args()


def main() -> None:
    """Measure, and print a line of JSON for each piece."""
    arguments = read_arguments()
    questions = questions_of(arguments.bundle, arguments.pictures)
    process, url = started(arguments.bundle)
    peers = dict(peer.split("=", 1) for peer in arguments.peer)
    processes = {name: int(pid) for name, pid in (one.split("=", 1) for one in arguments.process)}
    processes["striate"] = process.pid
    try:
        if arguments.hours is not None:
            _tell_memory(url, questions, arguments.rate, 3600 * arguments.hours, process.pid)
            return
        best = 0.0
        for clients in map(int, arguments.clients.split(",")):
            turns = ["striate", *peers, *reversed(peers), "striate"]
            for name in turns:
                count = arguments.requests // 2
                asked = closed(
                    peers.get(name, url), questions, clients, count, is_peer=name in peers
                )
                pid = processes.get(name)
                before = 0.0 if pid is None else processor_seconds(pid)
                tally = asyncio.run(asked)
                told = tally.told()
                if pid is not None:
                    took = processor_seconds(pid) - before
                    told["processor_ms"] = round(1000 * took / count, 2)
                memory = resident_kilobytes(process.pid) if name == "striate" else None
                print(json.dumps({"server": name, "clients": clients, "kB": memory, **told}))
                if name == "striate":
                    best = max(best, len(tally.seconds) / (tally.ended - tally.began))
        rate, count = OVERLOAD * best, arguments.requests
        tally = asyncio.run(overloaded(url, questions, rate, count, 2048))
        told = tally.told()
        print(json.dumps({"server": "striate", "asked_a_second": round(rate), **told}))
    finally:
        process.terminate()
        process.wait(60)


def _tell_memory(
    url: str, questions: Sequence[Question], rate: float, seconds: float, process: int
) -> None:
    """Ask steadily, and print a line of JSON."""
    tally, held = asyncio.run(steadily(url, questions, rate, seconds, process))
    warm = [one for one in held if one[0] >= min(WARM_SECONDS, seconds / 4)]
    slope, half = slope_of(warm)
    told = {
        "server": "striate",
        "hours": round((tally.ended - tally.began) / 3600, 3),
        "kB_first": held[0][1],
        "kB_warm": warm[0][1],
        "kB_last": warm[-1][1],
        "kB_most": max(kilobytes for _, kilobytes in held),
        "kB_an_hour": round(slope),
        "kB_an_hour_half_width": round(half),
    }
    print(json.dumps({**told, **tally.told()}))


if __name__ == "__main__":
    main()
