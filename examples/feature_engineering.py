"""Four kinds of features from one table of purchases, each computed by a process of its own that reads it in place.

    python examples/feature_engineering.py --rows 1_000_000

Recency-frequency-money scores, time features, behavioural clusters and "bought together" recommendations.
Needs a running daemon.
"""

import argparse
import multiprocessing as mp
import time

import numpy as np
import pandas as pd

import arrowshelf

CATEGORIES = 12
CLUSTERS = 4
NOW = np.datetime64("2025-01-01T00:00:00", "s")
YEAR_SECONDS = 365 * 24 * 3600


def generate(rows, seed=7):
    """Purchases in no order: customer, category, amount, time."""
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer": random.integers(0, max(1, rows // 20), rows, dtype=np.int32),
            "category": random.integers(0, CATEGORIES, rows, dtype=np.int32),
            "amount": random.gamma(2.0, 15.0, rows),
            "at": (NOW - random.integers(0, YEAR_SECONDS, rows).astype("timedelta64[s]")),
        }
    )


def columns(key, *names):
    """Columns of the shared table as numpy views."""
    table = arrowshelf.get_arrow(key)
    return [table.column(name).chunk(0).to_numpy(zero_copy_only=True) for name in names]


def rfm(key):
    """A frame with recency in days, frequency and money of each customer, and a score from 3 to 15."""
    customer, amount, at = columns(key, "customer", "amount", "at")
    size = int(customer.max()) + 1
    frequency = np.bincount(customer, minlength=size)
    money = np.bincount(customer, weights=amount, minlength=size)
    latest = np.full(size, np.datetime64("1970-01-01", "s"))
    np.maximum.at(latest, customer, at.astype("datetime64[s]"))
    bought = frequency > 0
    days = (NOW - latest[bought]).astype(np.int64) / 86_400
    frame = pd.DataFrame(
        {"customer": np.flatnonzero(bought), "recency": days, "frequency": frequency[bought], "money": money[bought]}
    )
    ranks = [quintile(-frame["recency"]), quintile(frame["frequency"]), quintile(frame["money"])]
    return frame.assign(score=sum(ranks))


def quintile(values):
    return np.ceil(values.rank(pct=True, method="first") * 5).astype(np.int8)


def time_features(key):
    """Purchases by weekday and hour."""
    (at,) = columns(key, "at")
    hours = at.astype("datetime64[h]").astype(np.int64)
    weekday = (hours // 24 + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    return np.bincount(weekday * 24 + hours % 24, minlength=7 * 24).reshape(7, 24)


def clusters(key):
    """A label for each customer, by k-means over how its purchases spread over the categories."""
    customer, category = columns(key, "customer", "category")
    size = int(customer.max()) + 1
    counts = np.bincount(customer.astype(np.int64) * CATEGORIES + category, minlength=size * CATEGORIES)
    shares = counts.reshape(size, CATEGORIES) / np.maximum(1, counts.reshape(size, CATEGORIES).sum(1, keepdims=True))
    centers = shares[np.linspace(0, size - 1, CLUSTERS).astype(int)]
    for _ in range(10):
        labels = np.argmin(((shares[:, None, :] - centers[None]) ** 2).sum(2), axis=1)
        members = [shares[labels == label] for label in range(CLUSTERS)]
        centers = np.stack([own.mean(0) if len(own) else center for own, center in zip(members, centers)])
    return labels


def bought_together(key):
    """How many customers bought from both of two categories."""
    customer, category = columns(key, "customer", "category")
    has = np.zeros((int(customer.max()) + 1, CATEGORIES), dtype=np.int64)
    has[customer, category] = 1
    return has.T @ has


def run(task):
    feature, key = task
    begin = time.perf_counter()
    return feature.__name__, feature(key), time.perf_counter() - begin


def check(frame, results):
    """Compares with the same figures from the original frame by other means."""
    scores = results["rfm"].set_index("customer")
    groups = frame.groupby("customer")
    assert (scores["frequency"] == groups.size()).all()
    assert np.allclose(scores["money"], groups["amount"].sum())
    assert np.allclose(scores["recency"], (pd.Timestamp(NOW) - groups["at"].max()).dt.total_seconds() / 86_400)
    assert scores["score"].between(3, 15).all()
    by_hour = pd.crosstab(frame["at"].dt.day_of_week, frame["at"].dt.hour)
    by_hour = by_hour.reindex(index=range(7), columns=range(24), fill_value=0)
    assert (results["time_features"] == by_hour.to_numpy()).all()
    assert len(results["clusters"]) == frame["customer"].max() + 1
    pairs = results["bought_together"]
    assert (pairs == pairs.T).all()
    assert pairs[0, 0] == frame.loc[frame["category"] == 0, "customer"].nunique()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000, help="number of purchases")
    parser.add_argument("--workers", type=int, default=4, help="number of processes")
    options = parser.parse_args()

    frame = generate(options.rows)
    begin = time.perf_counter()
    key = arrowshelf.put(frame)
    size = frame.memory_usage(index=False).sum() / 2**20
    print(f"{len(frame):,} purchases, {size:.1f} MiB, put in {(time.perf_counter() - begin) * 1000:.1f} ms")

    begin = time.perf_counter()
    with mp.get_context("spawn").Pool(options.workers) as pool:
        results = {}
        tasks = [(feature, key) for feature in (rfm, time_features, clusters, bought_together)]
        for name, result, seconds in pool.imap_unordered(run, tasks):
            results[name] = result
            print(f"  {name:<16} {seconds * 1000:8.1f} ms")
    print(f"four features in {time.perf_counter() - begin:.2f} s, {options.workers} processes, one copy of the table")

    check(frame, results)
    best = results["rfm"].nlargest(1, "score").iloc[0]
    print(f"best customer: {int(best.customer)} with score {int(best.score)} and {best.money:,.2f} spent")
    print("all results checked")
    arrowshelf.delete(key)


if __name__ == "__main__":
    main()
