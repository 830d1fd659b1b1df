"""Runs every example as a user does. Each one checks its own results; here: that it ends well and cleans up."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from serving import environment

EXAMPLES = Path(__file__).resolve().parents[1]
RUN_SECONDS = 300

UNCHANGED = [
    "quick_start.py",
    "zero_copy.py",
    "parallel_nearest_neighbors.py",
    "parallel_nearest_neighbors_processes.py",
    "parallel_nearest_neighbors_search.py",
]
SCENARIOS = ["feature_engineering.py", "risk_analysis.py", "geospatial.py", "notebook.py", "etl.py", "caching.py"]


def run(program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / program), *arguments],
        env=environment(**variables),
        cwd="/",
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
    )


def succeed(program: str, *arguments: str, **variables: str) -> str:
    done = run(program, *arguments, **variables)
    assert done.returncode == 0, f"{program} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Warning" not in done.stderr, done.stderr
    return done.stdout


def keys(address: str) -> list[str]:
    listing = "import arrowshelf; print(*arrowshelf.list_keys(), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", listing],
        env=environment(ARROWSHELF_ADDRESS=address),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split()


def test_every_program_is_tested():
    assert sorted(UNCHANGED + SCENARIOS) == sorted(path.name for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("program", UNCHANGED)
def test_programs_of_the_original_run_unchanged(program: str, daemon_address: str):
    assert succeed(program, ARROWSHELF_ADDRESS=daemon_address)
    assert keys(daemon_address) == []


@pytest.mark.parametrize("program", SCENARIOS)
def test_scenarios_run_with_generated_rows(program: str, daemon_address: str):
    assert succeed(program, "--rows", "50000", ARROWSHELF_ADDRESS=daemon_address)
    assert keys(daemon_address) == []


def test_the_mean_distance_is_that_of_the_unit_cube(daemon_address: str):
    text = succeed("parallel_nearest_neighbors.py", ARROWSHELF_ADDRESS=daemon_address)
    mean = float(re.search(r"nearest neighbours: ([0-9.]+)", text)[1])
    assert mean == pytest.approx(0.0223, rel=0.02)


def test_programs_find_the_daemon_at_its_default_address(default_daemon: str):
    assert default_daemon.endswith(":50051")
    assert "10000 rows" in succeed("quick_start.py")


def test_without_a_daemon_the_program_says_how_to_start_one():
    done = run("parallel_nearest_neighbors.py", ARROWSHELF_ADDRESS="localhost:1")
    assert done.returncode != 0
    assert "localhost:1" in done.stderr and "arrowshelf-server" in done.stderr
