"""The sentences of movie reviews that come with Striate."""

from hashlib import sha256
from pathlib import Path

from striate.data.examples import Source
from striate.data.sources.texts import text_source
from striate.data.user_files import read_unpacked
from striate.errors import DataError
from striate.errors.data import altered_file, reinstall


FILE = Path(__file__).parents[1] / "movie_reviews" / "snippets.tsv.xz"

# SHA-256 of the unpacked file.
DIGEST = "1f445408f0ece8973e6142dcc8bd08eea2faaf149b907de11bddda64fd62f5b0"


def load_movie_reviews() -> Source:
    """Load the sentences whose mean rating is not 0: `negative` below, `positive` above.

    Raises:
        DataError: The file is missing or altered.

    Source:
        Hutto and Gilbert, VADER, ICWSM 2014, on sentences that Pang and Lee have collected.
    """
    try:
        content = read_unpacked(FILE)
    except DataError as error:
        raise DataError(*(reinstall(fault) for fault in error.faults)) from error
    if sha256(content).hexdigest() != DIGEST:
        raise DataError(altered_file(str(FILE)))
    rows = [line.split("\t") for line in content.decode().split("\n")]
    rated = [(float(rating), text) for _, rating, text in rows if float(rating) != 0]
    return text_source(
        "movie-reviews",
        [text for _, text in rated],
        ["positive" if rating > 0 else "negative" for rating, _ in rated],
    )
