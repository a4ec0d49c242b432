"""A program to be measured, as a process of its own: `python -m striate.timing own`."""

import sys

from striate.timing.matrices import MatrixProducts
from striate.timing.own_work import own_work
from striate.timing.plain_work import plain_work
from striate.timing.serving import serve


PROGRAMS = {"own": own_work, "plain": plain_work, "matrices": MatrixProducts}

if __name__ == "__main__":
    sys.exit(serve(PROGRAMS[sys.argv[1]]))
