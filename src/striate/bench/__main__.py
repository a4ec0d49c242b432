"""A program to be measured, as a process of its own: `python -m striate.bench own`."""

import sys

from striate.bench.baseline import plain_work
from striate.bench.own_work import own_work
from striate.bench.peak import MatrixProducts
from striate.bench.serving import serve
from striate.training import settle_process


PROGRAMS = {"own": own_work, "plain": plain_work, "matrices": MatrixProducts}

if __name__ == "__main__":
    if sys.argv[1] == "own":
        settle_process()  # as the commands of Striate do; the others run as they come
    sys.exit(serve(PROGRAMS[sys.argv[1]]))
