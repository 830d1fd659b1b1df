package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.put.BodyPlace;
import dev.arrowshelf.store.table.put.IncomingTable;
import dev.arrowshelf.store.table.put.TablePutter;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A table that a client puts.
final class TableTarget implements PutTarget {
    private final FlightTables tables;
    private final String name;
    private final IncomingTable table;
    private final Function<TableInfo, byte[]> answer;

    /// @param answer what the client is told of the table
    TableTarget(
            FlightTables tables,
            TablePutter putter,
            PutRequest request,
            Function<TableInfo, byte[]> answer) {
        this.tables = tables;
        this.name = request.name();
        this.table = putter.incoming(name, request.options());
        this.answer = answer;
    }

    @Override
    public @Nullable BodyPlace begin(IpcMessage message) {
        return table.begin(message);
    }

    @Override
    public void add(IpcMessage message, MemorySegment body) {
        table.add(message, body);
    }

    @Override
    public byte[] finish() {
        tables.space().letGo(name);
        return answer.apply(table.finish());
    }

    @Override
    public void close() {
        table.close();
    }
}
