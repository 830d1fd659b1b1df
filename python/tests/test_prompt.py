"""The prompt of `arrowshelf sql`, typed at through a terminal of its own."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from fcntl import ioctl
from pathlib import Path
from typing import Iterator, Optional

import pyarrow as pa
import pytest

import arrowshelf
from daemon import LAUNCHER, Daemon

PROMPT = "shelf> "
SECONDS = 60


class Typist:
    """A process on a terminal, what is typed at it and what it shows."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.screen, side = pty.openpty()
        ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

        def own_the_terminal() -> None:
            os.setsid()
            ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            command, stdin=side, stdout=side, stderr=side, preexec_fn=own_the_terminal, env=environment
        )
        os.close(side)
        self.shown = ""
        self.read_to = 0

    def type(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def until(self, pattern: str) -> str:
        """What is shown from the last place up to a text, colours and cursor moves left out."""
        deadline = time.monotonic() + SECONDS
        while True:
            found = re.compile(pattern).search(self.shown, self.read_to)
            if found:
                part = self.shown[self.read_to : found.end()]
                self.read_to = found.end()
                return part
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.screen], [], [], left)[0]:
                raise AssertionError(f"waited in vain for {pattern!r} in {self.shown[self.read_to :]!r}")
            try:
                more = os.read(self.screen, 65536)
            except OSError as gone:
                raise AssertionError(f"ended before {pattern!r}: {self.shown!r}") from gone
            self.shown += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]", "", more.decode(errors="replace"))

    def ask(self, keys: str, answer: str) -> str:
        self.type(keys + "\r")
        text = self.until(answer)
        self.until(re.escape(PROMPT))
        return text

    def end(self) -> Optional[int]:
        """Waits for the process's end; its exit code."""
        try:
            return self.process.wait(SECONDS)
        finally:
            os.close(self.screen)


@pytest.fixture(name="prompt")
def fixture_prompt(shared_daemon: Daemon, shelf: arrowshelf.Connection, tmp_path: Path) -> Iterator[Typist]:
    shelf.put(pa.table({"id": [1, 2, 3], "customer-name": ["a", "b", "c"]}), "orders")
    shelf.put(pa.table({"x": [1]}), "my-key")
    yield from typist(shared_daemon, tmp_path)


def typist(daemon: Daemon, state: Path) -> Iterator[Typist]:
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "TERM": "xterm", "PAGER": "sed 's/^/paged: /'"}
    started = Typist([str(LAUNCHER), "sql", "--dir", str(daemon.directory)], environment)
    try:
        started.until(re.escape(PROMPT))
        yield started
    finally:
        if started.process.poll() is None:
            started.process.send_signal(signal.SIGKILL)
            started.process.wait(SECONDS)


def test_statements_are_typed_over_lines_completed_and_kept(
    prompt: Typist, shared_daemon: Daemon, tmp_path: Path
) -> None:
    assert "42" in prompt.ask("select 40 +\r2 as answer;", r"\(1 row, [^)]*\)")
    # names of tables and columns by the tab key, quoted where they have to be
    prompt.type("select id, \"cus\t from ord\t")
    prompt.until("customer-name")
    prompt.until("orders ")
    assert "c" in prompt.ask(";", r"\(3 rows, [^)]*\)")
    assert "my-key" in prompt.ask(".tables", "orders[^\n]*\n")
    assert "int64" in prompt.ask(".schema orders", "customer-name[^\n]*\n")
    # mistakes are told, and the prompt goes on
    prompt.ask("from oders;", "nearest=orders")
    prompt.ask("select 1 +;", "LINE 1")
    prompt.ask(".nothing", "no such command")
    prompt.ask(".mode markdown\rselect 1 as a;", r"\| a \|")
    prompt.ask(".mode jsonl\rselect 1 as a;", r'\{"a":1\}')
    prompt.ask(".mode json\rselect 1 as a;", r'\[\{"a":1\}\]')
    prompt.ask(".mode csv\rselect 1 as a;", "a\r\n1\r\n")
    # more rows than lines on the screen go to the pager
    prompt.ask(".mode table\rselect i from range(60) r(i);", r"paged: 59\r\n")
    prompt.ask(".pager off\rselect i from range(60) r(i);", r"\n59\r\n")
    prompt.type("\x04")
    assert prompt.end() == 0
    # the next session finds what was typed by the arrow key
    for again in typist(shared_daemon, tmp_path):
        again.type("\x1bOA")
        again.until("select i from range")
        again.type("\x03")
        again.until(re.escape(PROMPT))
        again.type(".quit\r")
        assert again.end() == 0


def test_control_c_stops_the_statement_and_not_the_prompt(prompt: Typist) -> None:
    prompt.type("select sum(a.i * b.i) as s from range(10000000) a(i), range(10000000) b(i);\r")
    prompt.until("\n")
    prompt.type("\x03")
    prompt.until("cancelled")
    prompt.until(re.escape(PROMPT))
    assert "7" in prompt.ask("select 7 as seven;", r"\(1 row")


def test_not_on_a_terminal_statements_come_from_standard_input(
    shared_daemon: Daemon, shelf: arrowshelf.Connection
) -> None:
    shelf.put(pa.table({"id": [1, 2, 3]}), "orders")
    done = subprocess.run(
        [str(LAUNCHER), "sql", "--csv", "--dir", str(shared_daemon.directory)],
        input="select count(*) as n from orders;\nselect max(id) as most\nfrom orders;\n",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    assert done.stdout == "n\n3\nmost\n3\n"
