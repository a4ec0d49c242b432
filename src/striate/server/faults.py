"""How a request that cannot be answered is told so."""

from typing import final

from striate.errors import Fault


@final
class RequestError(Exception):
    """A request that gets another answer than it asked for.

    Args:
        status: Of HTTP.
        faults: What is wrong with it.
        retry_after: Seconds after which it may be sent again.
        cause: An error of Striate itself, for the log.
    """

    def __init__(
        self,
        status: int,
        *faults: Fault,
        retry_after: int | None = None,
        cause: Exception | None = None,
    ) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.status, self.faults = status, faults
        self.retry_after, self.cause = retry_after, cause
