"""What a server counts, for Prometheus."""

from typing import final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from striate.server.model import Model


_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_SIZES = (1, 2, 4, 8, 16, 32, 64)


@final
class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        self._requests = Counter(
            "striate_requests", "Requests answered", ["address", "status"], registry=registry
        )
        self._seconds = Histogram(
            "striate_request_seconds",
            "From the head of a request to the end of its answer",
            ["address"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._items = Counter(
            "striate_items",
            "Pictures, sentences and rows of numbers",
            ["model", "outcome"],
            registry=registry,
        )
        self._sizes = Histogram(
            "striate_batch_items",
            "Items that were read together",
            ["model"],
            buckets=_SIZES,
            registry=registry,
        )
        self._reading = Histogram(
            "striate_batch_seconds",
            "Of reading them",
            ["model"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._loads = Counter(
            "striate_loads",
            "Bundles loaded again after a change",
            ["model", "outcome"],
            registry=registry,
        )
        self.waiting = Gauge(
            "striate_waiting_items", "Items that wait to be read", registry=registry
        )

    def was_read(self, model: Model, size: int, seconds: float) -> None:
        """Count a batch."""
        self._sizes.labels(model.name).observe(size)
        self._reading.labels(model.name).observe(seconds)

    def was_answered(self, address: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(address, str(status)).inc()
        self._seconds.labels(address).observe(seconds)

    def were_items(self, model: str, answered: int, refused: int) -> None:
        """Count the items of a request."""
        self._items.labels(model, "answered").inc(answered)
        self._items.labels(model, "refused").inc(refused)

    def was_loaded(self, model: str, *, is_done: bool) -> None:
        """Count a bundle that was loaded again, or could not be."""
        self._loads.labels(model, "done" if is_done else "failed").inc()

    def text(self) -> bytes:
        """Return all of them in Prometheus' form of text."""
        return generate_latest(self._registry)
