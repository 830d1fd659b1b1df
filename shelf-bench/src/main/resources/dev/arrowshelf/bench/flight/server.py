"""pyarrow's C++ server: gives one batch again and again, reads and drops what is put."""

import sys
import threading

import numpy as np
import pyarrow as pa
import pyarrow.flight as flight

ROWS, BATCHES = int(sys.argv[1]), int(sys.argv[2])
batch = pa.record_batch([pa.array(np.arange(ROWS) * 0.5 + i) for i in range(4)], names=[f"c{i}" for i in range(4)])


class Server(flight.FlightServerBase):
    def do_get(self, context, ticket):
        return flight.RecordBatchStream(pa.RecordBatchReader.from_batches(batch.schema, [batch] * BATCHES))

    def do_put(self, context, descriptor, reader, writer):
        for _ in reader:
            pass


server = Server("grpc://localhost:0")
print(server.port, flush=True)
threading.Thread(target=server.serve, daemon=True).start()
sys.stdin.read()
