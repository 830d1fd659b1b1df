"""A Flight server that answers every statement with the same row and does nothing else: what ADBC's own way to a server
and back costs on this machine. Prints its port; ends when its standard input does."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.flight as flight

ANSWER = pa.table({"1": pa.array([1], pa.int32())})
HANDLE = b"a statement"


def field(number: int, value: bytes) -> bytes:
    """One field of bytes as protocol buffers write it."""
    length, prefix = len(value), bytearray([number << 3 | 2])
    while length > 127:
        prefix.append(length & 127 | 128)
        length >>= 7
    return bytes(prefix) + bytes([length]) + value


def prepared() -> bytes:
    kind = b"type.googleapis.com/arrow.flight.protocol.sql.ActionCreatePreparedStatementResult"
    result = field(1, HANDLE) + field(2, ANSWER.schema.serialize().to_pybytes()) + field(3, pa.schema([]).serialize().to_pybytes())
    return field(1, kind) + field(2, result)


class EmptyServer(flight.FlightServerBase):
    """The four calls that ADBC makes for a query: prepare, info, get, close."""

    def do_action(self, context: flight.ServerCallContext, action: flight.Action) -> Iterator[bytes]:
        return iter([prepared()] if action.type == "CreatePreparedStatement" else [])

    def get_flight_info(self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor) -> flight.FlightInfo:
        if b"CommandGetSqlInfo" in descriptor.command:
            raise NotImplementedError("asked once, by the driver when it connects")
        return flight.FlightInfo(ANSWER.schema, descriptor, [flight.FlightEndpoint(HANDLE, [])], 1, -1)

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.RecordBatchStream:
        return flight.RecordBatchStream(ANSWER)


if __name__ == "__main__":
    server = EmptyServer("grpc://127.0.0.1:0")
    print(server.port, flush=True)
    sys.stdin.read()
    server.shutdown()
