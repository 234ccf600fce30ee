"""`python -m starters`, installed as `signoff`."""

import sys
from typing import NoReturn

from starters.cli.run import run
from starters.ending import finish


def main() -> NoReturn:
    """Run the command line's command, and end the process with its exit code."""
    finish(lambda: run(sys.argv[1:]))


if __name__ == "__main__":
    main()
