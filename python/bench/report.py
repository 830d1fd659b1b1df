"""Rows of the benchmark table, and how they are printed."""

from __future__ import annotations

import os
import platform
import statistics
from dataclasses import asdict, dataclass, field


@dataclass
class Row:
    """One measured thing: ours, the peers', and whether all gave the same result."""

    section: str
    what: str
    unit: str
    ours: float
    goal: str
    met: bool | None
    peers: dict[str, float] = field(default_factory=dict)
    equal: bool = True
    note: str = ""

    def ratio(self) -> str:
        """Returns ours over the best peer's (below 1 is faster; for rates the inverse is meant, see the unit)."""
        if not self.peers:
            return ""
        more_is_better = self.unit.endswith("/s") or self.unit == "%"
        best = max(self.peers.values()) if more_is_better else min(self.peers.values())
        return f"{self.ours / best:.2f}"


def median(values: list[float]) -> float:
    return statistics.median(values)


def shown(value: float) -> str:
    """Prints a figure with three significant digits."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(rows: list[Row]) -> str:
    """Renders the rows as Markdown."""
    lines = ["| what | unit | ours | peers in the same run | ours / best peer | goal | met | equal results |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        peers = ", ".join(f"{name} {shown(value)}" for name, value in row.peers.items()) or "-"
        met = {True: "yes", False: "**no**", None: "-"}[row.met]
        lines.append(f"| {row.what}{' (' + row.note + ')' if row.note else ''} | {row.unit} | {shown(row.ours)} | {peers} "
                     f"| {row.ratio() or '-'} | {row.goal} | {met} | {'yes' if row.equal else '**NO**'} |")
    return "\n".join(lines)


def machine() -> dict[str, str]:
    """Says what it ran on."""
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return {"processor": f"{os.cpu_count()} x {model}", "memory": f"{int(memory) >> 20} GiB", "kernel": platform.release(),
            "python": platform.python_version()}


def as_json(rows: list[Row]) -> dict:
    return {"machine": machine(), "rows": [asdict(row) for row in rows]}
