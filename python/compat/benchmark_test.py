"""The ArrowRedis benchmark suite's command line, run by ours: `python benchmark_test.py --redis-url ... [--size 1gb]`."""

from __future__ import annotations

import os
import sys

from bench_arrow import program_command, without_url


def main() -> None:
    """Becomes the program."""
    command = program_command("redis-bench", without_url(sys.argv[1:]))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
