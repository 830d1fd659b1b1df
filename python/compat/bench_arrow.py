"""The ArrowRedis program's command line, run by ours: `python bench_arrow.py gen|split|read|verify|local-read ...`.

`split` writes the layout that the original reads, with a manifest beside it. The URL goes through the environment, so that a
password in it is not seen in the process list.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from arrowshelf.server import program_command  # noqa: E402

URL = "--redis-url"


def without_url(arguments: list[str]) -> list[str]:
    """Moves the value of --redis-url into the environment."""
    kept: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument == URL:
            os.environ["ARROWSHELF_REDIS_URL"] = next(rest, "")
        elif argument.startswith(URL + "="):
            os.environ["ARROWSHELF_REDIS_URL"] = argument[len(URL) + 1 :]
        else:
            kept.append(argument)
    return kept


def main() -> None:
    """Becomes the program."""
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit("usage: bench_arrow.py {gen,split,read,verify,local-read} ... (each with --help)")
    subcommand, arguments = sys.argv[1], without_url(sys.argv[2:])
    if subcommand == "split" and not any(argument.startswith("--layout") for argument in arguments):
        arguments.append("--layout=arrowredis")
    command = program_command(subcommand, arguments)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
