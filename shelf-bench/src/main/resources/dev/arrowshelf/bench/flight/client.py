"""pyarrow's C++ client: prints the seconds of each DoGet, then of each DoPut."""

import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.flight as flight

PORT, ROWS, BATCHES, ROUNDS, NAME = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
client = flight.connect(f"grpc://localhost:{PORT}")
batch = pa.record_batch([pa.array(np.arange(ROWS) * 0.5 + i) for i in range(4)], names=[f"c{i}" for i in range(4)])


def put():
    writer, _ = client.do_put(flight.FlightDescriptor.for_path(NAME), batch.schema)
    for _ in range(BATCHES):
        writer.write_batch(batch)
    writer.close()


def get():
    rows = sum(chunk.data.num_rows for chunk in client.do_get(flight.Ticket(b'{"name": "%s"}' % NAME.encode())))
    assert rows == ROWS * BATCHES, rows


def seconds(work):
    times = []
    for number in range(ROUNDS + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return " ".join(str(each) for each in times[1:])


print(seconds(put))
print(seconds(get))
