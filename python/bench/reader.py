"""A reader in a process of its own: attaches to one peer and is told by its parent what to time."""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

from peers import ALL, Peer, total

SPAWN = multiprocessing.get_context("spawn")


def serve(kind: str, config: dict[str, Any], pipe: Any) -> None:
    """Runs in the child: answers (verb, reference) until told to stop."""
    peer: Peer = ALL[kind](config)
    peer.attach()
    kept: Any = None
    pipe.send("ready")
    while True:
        verb, reference = pipe.recv()
        try:
            if verb == "first+sum":
                started = time.perf_counter()
                kept = peer.get(reference)
                got = time.perf_counter() - started
                value = total(kept)
                touched = time.perf_counter() - started
                pipe.send((got, touched, value))
            elif verb == "again":
                started = time.perf_counter()
                kept = peer.get(reference)
                pipe.send(time.perf_counter() - started)
            elif verb == "sum":
                started = time.perf_counter()
                value = total(kept)
                pipe.send((time.perf_counter() - started, value))
            elif verb == "each":
                times = []
                value = 0.0
                for one in reference:
                    started = time.perf_counter()
                    kept = peer.get(one)
                    times.append(time.perf_counter() - started)
                    value += kept.num_rows
                pipe.send((times, value))
            elif verb == "hold":
                kept = peer.get(reference)
                pipe.send((total(kept), segment_pss(config.get("dir", ""))))
            elif verb == "pss":
                pipe.send(segment_pss(config.get("dir", "")))
            elif verb == "release":
                kept = None
                pipe.send(None)
            else:
                return
        except Exception as error:  # the parent reports it
            pipe.send(error)


def segment_pss(directory: str) -> int:
    """Returns the proportional set size, bytes, of this process's mappings of files below a directory."""
    size = 0
    counting = False
    with open("/proc/self/smaps") as smaps:
        for line in smaps:
            first = line.split(None, 1)[0]
            if "-" in first and not first.endswith(":"):
                counting = bool(directory) and directory + "/segments/" in line
            elif counting and first == "Pss:":
                size += int(line.split()[1]) << 10
    return size


class Reader:
    """The parent's end of one reader process. Not thread-safe."""

    def __init__(self, kind: str, config: dict[str, Any]) -> None:
        self.pipe, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=serve, args=(kind, config, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def ready(self) -> "Reader":
        """Waits until the child is attached."""
        assert self.receive() == "ready"
        return self

    def send(self, verb: str, reference: Any = None) -> None:
        self.pipe.send((verb, reference))

    def receive(self) -> Any:
        answer = self.pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def ask(self, verb: str, reference: Any = None) -> Any:
        self.send(verb, reference)
        return self.receive()

    def close(self) -> None:
        self.pipe.send(("stop", None))
        self.process.join(30)
        self.pipe.close()
