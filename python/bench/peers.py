"""The stores that are measured against each other, behind one small interface.

A peer is constructed from a picklable configuration in every process that uses it: the parent starts it (`start`), readers only
`attach`. `put` takes a pyarrow table of float64 columns, `get` gives something that `total` can add up.
"""

from __future__ import annotations

import mmap
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition, what: str, seconds: float = 60.0) -> None:
    """Waits for a condition; raises with its name when the deadline has passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.002)


def free_port() -> int:
    """Returns a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scratch(prefix: str) -> str:
    """Makes a directory on tmpfs."""
    return tempfile.mkdtemp(prefix=f"bench-{prefix}-", dir="/dev/shm")


def total(data: Any) -> float:
    """Adds up every value, so that every byte is read."""
    if isinstance(data, np.ndarray):
        return float(data.sum())
    return float(sum(chunk.to_numpy().sum() for column in data.columns for chunk in column.chunks))


def touch_memory(size: int) -> None:
    """Writes to that much fresh memory and gives it back.

    The host of a virtual machine gives it a page when the page is first touched, at seconds a gigabyte on some; which peer would
    pay for that is chance.
    """
    held = []
    while size > 0:
        block = mmap.mmap(-1, min(size, 1 << 30))
        block.madvise(mmap.MADV_HUGEPAGE)
        for offset in range(0, len(block), mmap.PAGESIZE):
            block[offset] = 1
        held.append(block)
        size -= len(block)
    for block in held:
        block.close()


def huge_bytes() -> int:
    """Returns how much of this machine's shared memory lies in huge pages."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("ShmemHugePages"))


class Peer:
    """One store. Subclasses say how; `numpy_only` ones take the table as one contiguous array."""

    name = "peer"
    numpy_only = False

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        self.config: dict[str, Any] = config or {}

    def start(self) -> None:
        """Starts servers; parent only."""

    def attach(self) -> None:
        """Connects; every process."""

    def put(self, data: Any) -> Any:
        """Stores data and returns a picklable reference."""
        raise NotImplementedError

    def get(self, reference: Any) -> Any:
        """Returns the data behind a reference."""
        raise NotImplementedError

    def delete(self, reference: Any) -> None:
        """Removes the data."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stops servers and removes files; parent only."""


class ArrowShelf(Peer):
    """Ours: a daemon of its own directory, and the Python client."""

    name = "arrowshelf"

    def start(self) -> None:
        self.config.setdefault("dir", os.path.join(scratch("shelf"), "shelf"))
        self.port = free_port()
        started = time.perf_counter()
        self.daemon = subprocess.Popen(
            [str(ROOT / "arrowshelf"), "server", "--dir", self.config["dir"], "--port", str(self.port),
             *self.config.get("flags", [])],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        ready = self.daemon.stdout.readline()
        if not ready:
            raise RuntimeError("arrowshelf server did not start")
        self.ready_seconds = time.perf_counter() - started
        self.attach()
        assert self.shelf.is_connected()

    def attach(self) -> None:
        import arrowshelf

        self.shelf = arrowshelf.connect(dir=self.config["dir"])

    def put(self, data: Any) -> Any:
        return self.shelf.put(data)

    def get(self, reference: Any) -> Any:
        return self.shelf.get_arrow(reference)

    def delete(self, reference: Any) -> None:
        self.shelf.delete(reference)

    def pool_ready(self, megabytes: int) -> None:
        """Waits until the warm pool holds that much and has made its pages huge, where the kernel makes huge ones."""
        wait_until(lambda: self.shelf.memory_usage()["pool_bytes"] >= megabytes << 20, f"warm pool of {megabytes} MiB", seconds=150.0)
        try:
            wait_until(lambda: huge_bytes() >= megabytes << 20, f"huge pages for a warm pool of {megabytes} MiB", seconds=20.0)
        except TimeoutError as error:
            print(f"bench: {error}; this kernel may not make huge pages on request", file=sys.stderr)

    def stop(self, *, keep: bool = False) -> None:
        self.shelf.close()
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(30)
        self.daemon.stdout.close()
        if not keep:
            shutil.rmtree(os.path.dirname(self.config["dir"]), ignore_errors=True)


class IpcFile(Peer):
    """pyarrow writing IPC files to tmpfs, readers mapping them."""

    name = "pyarrow IPC file"

    def start(self) -> None:
        self.config["dir"] = scratch("ipc")
        self.count = 0

    def put(self, data: Any) -> Any:
        self.count += 1
        path = f"{self.config['dir']}/{self.count}.arrow"
        with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, data.schema) as writer:
            writer.write_table(data)
        return path

    def get(self, reference: Any) -> Any:
        return pa.ipc.open_file(pa.memory_map(reference)).read_all()

    def delete(self, reference: Any) -> None:
        os.unlink(reference)

    def stop(self) -> None:
        shutil.rmtree(self.config["dir"], ignore_errors=True)


class Pickle(Peer):
    """pickle protocol 5 through a file on tmpfs."""

    name = "pickle"

    def start(self) -> None:
        self.config["dir"] = scratch("pickle")
        self.count = 0

    def put(self, data: Any) -> Any:
        self.count += 1
        path = f"{self.config['dir']}/{self.count}.pickle"
        with open(path, "wb") as file:
            pickle.dump(data, file, protocol=5)
        return path

    def get(self, reference: Any) -> Any:
        with open(reference, "rb") as file:
            return pickle.load(file)

    def delete(self, reference: Any) -> None:
        os.unlink(reference)

    def stop(self) -> None:
        shutil.rmtree(self.config["dir"], ignore_errors=True)


class SharedMemory(Peer):
    """multiprocessing.shared_memory with one numpy array."""

    name = "shared_memory"
    numpy_only = True

    def start(self) -> None:
        self.blocks: dict[str, Any] = {}

    def attach(self) -> None:
        self.open: list[Any] = []

    def put(self, data: np.ndarray) -> Any:
        from multiprocessing import shared_memory

        block = shared_memory.SharedMemory(create=True, size=data.nbytes)
        np.ndarray(data.shape, data.dtype, block.buf)[...] = data
        self.blocks[block.name] = block
        return (block.name, data.shape, data.dtype.str)

    def get(self, reference: Any) -> Any:
        from multiprocessing import resource_tracker, shared_memory

        name, shape, dtype = reference
        block = shared_memory.SharedMemory(name=name)
        resource_tracker.unregister(block._name, "shared_memory")
        array = np.ndarray(shape, dtype, block.buf)
        self.open.append(block)
        return array

    def delete(self, reference: Any) -> None:
        block = self.blocks.pop(reference[0])
        block.close()
        block.unlink()


class Ray(Peer):
    """Ray's object store."""

    name = "ray"

    def start(self) -> None:
        import ray

        ray.init(num_cpus=2, object_store_memory=self.config.get("bytes", 5 << 30), include_dashboard=False,
                 logging_level="ERROR", log_to_driver=False, _node_ip_address="127.0.0.1")
        self.config["address"] = ray.get_runtime_context().gcs_address

    def attach(self) -> None:
        import ray

        if not ray.is_initialized():
            ray.init(address=self.config["address"], logging_level="ERROR", log_to_driver=False,
                     _node_ip_address="127.0.0.1")

    def put(self, data: Any) -> Any:
        import ray

        reference = ray.put(data)
        return ray.cloudpickle.dumps(reference) if self.config.get("across") else reference

    def get(self, reference: Any) -> Any:
        import ray

        return ray.get(ray.cloudpickle.loads(reference) if isinstance(reference, bytes) else reference)

    def delete(self, reference: Any) -> None:
        del reference  # the last reference frees the object

    def stop(self) -> None:
        import ray

        ray.shutdown()


class Vineyard(Peer):
    """Vineyard (v6d)."""

    name = "vineyard"

    def start(self) -> None:
        import vineyard

        self.directory = tempfile.mkdtemp(prefix="bench-vineyard-")
        self.config["socket"] = f"{self.directory}/v.sock"
        binary = Path(vineyard.__file__).parent / "bdist" / "vineyardd"
        self.daemon = subprocess.Popen(
            [str(binary), f"--socket={self.config['socket']}", f"--size={self.config.get('bytes', 5 << 30)}",
             "--meta=local", "--norpc"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(self.config["socket"]), "vineyardd")
        self.attach()

    def attach(self) -> None:
        import vineyard
        import vineyard.data.arrow  # noqa: F401  (registers the resolvers)

        self.client = vineyard.connect(self.config["socket"])

    def put(self, data: Any) -> Any:
        return repr(self.client.put(data))

    def get(self, reference: Any) -> Any:
        import vineyard

        return self.client.get(vineyard.ObjectID(reference))

    def delete(self, reference: Any) -> None:
        import vineyard

        self.client.delete([vineyard.ObjectID(reference)], deep=True)

    def stop(self) -> None:
        self.client.close()
        self.daemon.terminate()
        self.daemon.wait(30)
        shutil.rmtree(self.directory, ignore_errors=True)


ALL = {"arrowshelf": ArrowShelf, "ipc": IpcFile, "pickle": Pickle, "shared_memory": SharedMemory, "ray": Ray, "vineyard": Vineyard}


def available(names: list[str]) -> list[type[Peer]]:
    """Returns the peers that can be imported here, and says which cannot."""
    found = []
    for name in names:
        if name in ("ray", "vineyard"):
            try:
                __import__(name)
            except ImportError:
                print(f"{name}: not installed, left out", file=sys.stderr)
                continue
        found.append(ALL[name])
    return found
