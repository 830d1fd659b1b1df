"""Compute on a column where it lies in shared memory, without copying it. Needs a running daemon."""

import numpy as np
import pandas as pd

import arrowshelf

frame = pd.DataFrame(np.random.rand(10_000, 3), columns=["x", "y", "z"])
key = arrowshelf.put(frame)

table = arrowshelf.get_arrow(key)
x = table.column("x").chunk(0).to_numpy(zero_copy_only=True)

mean = np.mean(x)
print(f"mean of x: {mean:.6f}")
assert np.isclose(mean, frame["x"].mean())

# The array is a view of the shelf's own pages: nobody may write to it.
assert not x.flags.writeable

arrowshelf.delete(key)
assert np.mean(x) == mean  # a reader keeps what it has
