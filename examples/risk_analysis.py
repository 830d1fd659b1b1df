"""Risk figures of a market from one table of daily prices, computed by processes that read it in place.

    python examples/risk_analysis.py --rows 10_000_000

Value at risk of many portfolios, correlation of sectors, volatility, and a stress test. Needs a running daemon.
"""

import argparse
import multiprocessing as mp
import time

import numpy as np
import pandas as pd

import arrowshelf

DAYS = 500
SECTORS = ("energy", "health", "finance", "technology", "utilities")
PORTFOLIOS = 40
CONFIDENCE = 0.99
DECAY = 0.94
SHOCKS = {"crash": -0.20, "energy crisis": -0.35, "rally": 0.10}


def generate(rows, seed=11):
    """Daily log returns of stocks that follow the market and their sector, in one table sorted by day and stock."""
    random = np.random.default_rng(seed)
    stocks = max(len(SECTORS), rows // DAYS)
    sector = np.arange(stocks, dtype=np.int32) % len(SECTORS)
    market = random.normal(0.0003, 0.008, (DAYS, 1))
    sectors = random.normal(0, 0.006, (DAYS, len(SECTORS)))
    returns = market + sectors[:, sector] + random.normal(0, 0.012, (DAYS, stocks))
    return pd.DataFrame(
        {
            "day": np.repeat(np.arange(DAYS, dtype=np.int32), stocks),
            "stock": np.tile(np.arange(stocks, dtype=np.int32), DAYS),
            "sector": np.tile(sector, DAYS),
            "log_return": returns.ravel(),
            "price": (100 * np.exp(np.cumsum(returns, axis=0))).ravel(),
        }
    )


def grid(key, name):
    """A column as a view of days by stocks, without a copy."""
    column = arrowshelf.get_arrow(key).column(name).chunk(0).to_numpy(zero_copy_only=True)
    return column.reshape(DAYS, -1)


def weights(portfolio, stocks):
    return np.random.default_rng(portfolio).dirichlet(np.ones(stocks))


def value_at_risk(key, portfolio):
    """Loss that a portfolio exceeds on one day of a hundred, by its history."""
    returns = grid(key, "log_return")
    daily = np.expm1(returns) @ weights(portfolio, returns.shape[1])
    return -np.quantile(daily, 1 - CONFIDENCE)


def correlation(key):
    """Correlation of the sectors' mean returns."""
    returns = grid(key, "log_return")
    sector = grid(key, "sector")[0]
    means = np.stack([returns[:, sector == number].mean(axis=1) for number in range(len(SECTORS))])
    return np.corrcoef(means)


def volatility(key):
    """Exponentially weighted volatility of each stock on the last day."""
    returns = grid(key, "log_return")
    variance = returns[0] ** 2
    for day in range(1, DAYS):
        variance = DECAY * variance + (1 - DECAY) * returns[day] ** 2
    return np.sqrt(variance)


def stress(key):
    """Change of the value of one share of everything under each shock."""
    prices = grid(key, "price")[-1]
    sector = grid(key, "sector")[0]
    value = prices.sum()
    energy = prices[sector == SECTORS.index("energy")].sum()
    return {name: shock * (energy if name.startswith("energy") else value) / value for name, shock in SHOCKS.items()}


def run(task):
    function, arguments = task
    return function.__name__, arguments[1:], function(*arguments)


def check(frame, results):
    """Compares with figures that pandas makes from the original frame."""
    wide = frame.pivot(index="day", columns="stock", values="log_return")
    stocks = wide.shape[1]
    for portfolio in (0, PORTFOLIOS - 1):
        expected = -np.quantile(np.expm1(wide.to_numpy()) @ weights(portfolio, stocks), 1 - CONFIDENCE)
        assert np.isclose(results["value_at_risk", portfolio], expected)
    means = frame.pivot_table(index="day", columns="sector", values="log_return", aggfunc="mean")
    assert np.allclose(results["correlation",], means.corr().to_numpy())
    expected = (wide**2).ewm(alpha=1 - DECAY, adjust=False).mean().iloc[-1] ** 0.5
    assert np.allclose(results["volatility",], expected)
    assert np.isclose(results["stress",]["crash"], SHOCKS["crash"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=250_000, help="number of price records")
    parser.add_argument("--workers", type=int, default=4, help="number of processes")
    options = parser.parse_args()

    frame = generate(options.rows)
    begin = time.perf_counter()
    key = arrowshelf.put(frame)
    print(f"{len(frame):,} price records put in {(time.perf_counter() - begin) * 1000:.1f} ms")

    tasks = [(value_at_risk, (key, portfolio)) for portfolio in range(PORTFOLIOS)]
    tasks += [(correlation, (key,)), (volatility, (key,)), (stress, (key,))]
    begin = time.perf_counter()
    with mp.get_context("spawn").Pool(options.workers) as pool:
        results = {(name, *rest): result for name, rest, result in pool.map(run, tasks, chunksize=1)}
    print(f"{len(tasks)} calculations in {time.perf_counter() - begin:.2f} s with {options.workers} processes")

    check(frame, results)
    risks = [results["value_at_risk", portfolio] for portfolio in range(PORTFOLIOS)]
    print(f"one-day value at risk ({CONFIDENCE:.0%}) from {min(risks):.2%} to {max(risks):.2%}")
    print(f"highest volatility {results['volatility',].max():.2%} a day")
    print("stress: " + ", ".join(f"{name} {change:+.1%}" for name, change in results["stress",].items()))
    print("all results checked")
    arrowshelf.delete(key)


if __name__ == "__main__":
    main()
