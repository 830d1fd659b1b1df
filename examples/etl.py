"""Extract, transform, load: the steps of a pipeline hand tables to each other by name instead of by file.

    python examples/etl.py --rows 5_000_000

One process extracts raw orders, several transform a range of rows each in place, one joins and sums up, the last one
loads the result into an Arrow file. Needs a running daemon.
"""

import argparse
import multiprocessing as mp
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

import arrowshelf

COUNTRIES = ("de", "fr", "it", "pl", "es")
RATES = {"EUR": 1.0, "PLN": 0.23}


def extract(prefix, rows, seed=3):
    """Raw orders as they come: duplicates, missing amounts, two currencies."""
    random = np.random.default_rng(seed)
    order = np.arange(rows, dtype=np.int64)
    order[random.random(rows) < 0.02] = 0  # sent again and again
    amount = random.gamma(2.0, 40.0, rows)
    country = random.integers(0, len(COUNTRIES), rows)
    raw = pa.table(
        {
            "order": order,
            "country": pa.DictionaryArray.from_arrays(pa.array(country, pa.int8()), pa.array(COUNTRIES)),
            "currency": pa.array(np.where(country == COUNTRIES.index("pl"), "PLN", "EUR")),
            "amount": pa.array(amount, mask=random.random(rows) < 0.01),
        }
    )
    arrowshelf.put(raw, key=f"{prefix}/raw")
    return raw.num_rows


def transform(task):
    """Cleans one range of rows: drops orders without an amount, converts to euros."""
    prefix, part, start, end = task
    raw = arrowshelf.get_arrow(f"{prefix}/raw").slice(start, end - start)
    raw = raw.filter(pc.is_valid(raw["amount"]))
    rate = pc.if_else(pc.equal(raw["currency"], "PLN"), RATES["PLN"], RATES["EUR"])
    clean = pa.table(
        {
            "order": raw["order"],
            "country": pc.cast(raw["country"], pa.string()),
            "euros": pc.multiply(raw["amount"], rate),
        }
    )
    name = f"{prefix}/clean/{part}"
    arrowshelf.put(clean, key=name)
    return name


def summarize(prefix, names):
    """Joins the parts, keeps the first of each order, sums up by country."""
    clean = pa.concat_tables([arrowshelf.get_arrow(name) for name in names])
    frame = clean.to_pandas().drop_duplicates("order")
    summary = frame.groupby("country", as_index=False).agg(orders=("order", "size"), euros=("euros", "sum"))
    arrowshelf.put(summary, key=f"{prefix}/summary")


def load(prefix, target):
    """Writes the summary to a file."""
    summary = arrowshelf.get_arrow(f"{prefix}/summary")
    with pa.OSFile(str(target), "wb") as file, pa.ipc.new_file(file, summary.schema) as writer:
        writer.write_table(summary)


def expected(raw):
    """The same by pandas, in one piece."""
    frame = raw.to_pandas().dropna(subset="amount").drop_duplicates("order")
    frame["euros"] = frame["amount"] * frame["currency"].map(RATES)
    return frame.groupby(frame["country"].astype(str))["euros"].agg(["size", "sum"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="number of orders")
    parser.add_argument("--workers", type=int, default=4, help="number of processes that transform")
    options = parser.parse_args()

    prefix = f"etl-{time.time_ns()}"
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, mp.get_context("spawn").Pool(options.workers) as pool:
        target = Path(folder, "summary.arrow")
        rows = pool.apply(extract, (prefix, options.rows))
        bounds = np.linspace(0, rows, options.workers + 1).astype(int).tolist()
        names = pool.map(transform, [(prefix, part, bounds[part], bounds[part + 1]) for part in range(options.workers)])
        pool.apply(summarize, (prefix, names))
        pool.apply(load, (prefix, target))
        print(f"{rows:,} orders through {options.workers} processes in {time.perf_counter() - begin:.2f} s")
        with pa.memory_map(str(target)) as file:
            summary = pa.ipc.open_file(file).read_all().to_pandas()

    wanted = expected(arrowshelf.get_arrow(f"{prefix}/raw"))
    assert summary["country"].tolist() == wanted.index.tolist()
    assert (summary["orders"].to_numpy() == wanted["size"].to_numpy()).all()
    assert np.allclose(summary["euros"], wanted["sum"])
    print(summary.to_string(index=False))
    print("all results checked")
    for name in [f"{prefix}/raw", *names, f"{prefix}/summary"]:
        arrowshelf.delete(name)


if __name__ == "__main__":
    main()
