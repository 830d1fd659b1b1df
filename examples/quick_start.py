"""Put a pandas frame on the shelf, read it back, remove it. Needs a running daemon: `arrowshelf-server`."""

import numpy as np
import pandas as pd

import arrowshelf

ROWS = 10_000

frame = pd.DataFrame({name: np.random.rand(ROWS) for name in ("x", "y", "z")})

key = arrowshelf.put(frame)
print(f"put {len(frame)} rows under the key {key}")

# Any process on this host can do the same with the key.
copy = arrowshelf.get(key)
print(f"got {len(copy)} rows back")
assert copy.equals(frame)

arrowshelf.delete(key)
assert key not in arrowshelf.list_keys()
print("deleted")
