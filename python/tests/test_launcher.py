"""The command line from a checkout: found from anywhere, and the started process is Java itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "arrowshelf"
BUILD_SECONDS = 600


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    subprocess.run([LAUNCHER, "--version"], check=True, capture_output=True, timeout=BUILD_SECONDS)


def run(*command: object, directory: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=directory, capture_output=True, text=True, timeout=60)


def test_tells_its_version_and_nothing_else() -> None:
    answer = run(LAUNCHER, "--version")
    assert answer.returncode == 0
    assert answer.stdout.startswith("arrowshelf ")
    assert answer.stdout.count("\n") == 1
    assert answer.stderr == ""


def test_works_from_another_directory_through_relative_and_absolute_links(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "absolute").symlink_to(LAUNCHER)
    (folder / "chained link").symlink_to("absolute")
    answer = run(folder / "chained link", "--version", directory=tmp_path)
    assert answer.stdout.startswith("arrowshelf ")


def test_passes_arguments_and_exit_code_through() -> None:
    answer = run(LAUNCHER, "no such command", "*")
    assert answer.returncode == 2
    assert "no such command" in answer.stderr


def test_becomes_the_java_process() -> None:
    # The command ends too soon to be looked at from outside: the JVM's own log names its pid.
    with subprocess.Popen(
        [LAUNCHER, "--version"],
        env={"PATH": "/usr/bin:/bin", "ARROWSHELF_JAVA_OPTS": "-Xlog:os*=info:stderr:pid"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        _, log = process.communicate(timeout=60)
    assert f"[{process.pid}]" in log


def test_more_jvm_flags_win() -> None:
    answer = run("env", "ARROWSHELF_JAVA_OPTS=-Xmx48m -XX:+PrintFlagsFinal", LAUNCHER, "--version")
    assert answer.returncode == 0
    heap = next(line for line in answer.stdout.splitlines() if " MaxHeapSize " in line)
    assert str(48 << 20) in heap
