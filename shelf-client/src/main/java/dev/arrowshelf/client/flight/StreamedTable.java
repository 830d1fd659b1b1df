package dev.arrowshelf.client.flight;

import com.google.protobuf.ByteString;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;

/// One generation of a table on another host. Every reader streams it anew; once it was replaced or
/// deleted there, a new reader fails with `NOT_FOUND`.
final class StreamedTable implements ShelfTable {
    private final FlightLink link;
    private final BufferAllocator allocator;
    private final TableInfo info;
    private final Schema schema;
    private volatile boolean closed;

    StreamedTable(FlightLink link, BufferAllocator allocator, TableInfo info, Schema schema) {
        this.link = link;
        this.allocator = allocator;
        this.info = info;
        this.schema = schema;
    }

    @Override
    public String name() {
        return info.name();
    }

    @Override
    public long generation() {
        return info.generation();
    }

    @Override
    public Schema schema() {
        return schema;
    }

    @Override
    public long rowCount() {
        return info.rows();
    }

    @Override
    public long byteSize() {
        return info.bytes();
    }

    @Override
    public int partitionCount() {
        return info.partitions();
    }

    @Override
    public TableInfo info() {
        return info;
    }

    @Override
    public ArrowReader reader(TableSlice slice) {
        return reader(slice, allocator);
    }

    @Override
    public ArrowReader reader(TableSlice slice, BufferAllocator target) {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "table is closed: name=" + name());
        }
        String ticket = FlightJson.ticket(name(), generation(), slice);
        StreamReader reader =
                new StreamReader(
                        link,
                        Flight.Ticket.newBuilder()
                                .setTicket(ByteString.copyFromUtf8(ticket))
                                .build(),
                        target);
        try {
            reader.getVectorSchemaRoot(); // so that a bad slice fails here
            return reader;
        } catch (IOException failure) {
            throw closing(
                    reader,
                    new ShelfException(
                            ErrorCode.IO, "table cannot be read: name=" + name(), failure));
        } catch (RuntimeException failure) {
            throw closing(reader, failure);
        }
    }

    private static RuntimeException closing(StreamReader reader, RuntimeException failure) {
        try {
            reader.close();
        } catch (IOException suppressed) {
            failure.addSuppressed(suppressed);
        }
        return failure;
    }

    @Override
    public void exportTo(ArrowArrayStream stream, TableSlice slice) {
        Data.exportArrayStream(allocator, reader(slice), stream);
    }

    @Override
    public void close() {
        closed = true;
    }
}
