package dev.arrowshelf.server.flight;

import dev.arrowshelf.server.flight.message.FlightMessage;
import dev.arrowshelf.server.flight.message.MessageSource;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.table.StoredMessages;
import java.lang.foreign.MemorySegment;
import java.util.Iterator;
import java.util.function.Consumer;

/// Whole partitions, message by message as they lie on the shelf.
final class StoredSource implements MessageSource {
    private final SharedTable shared;
    private final int end;
    private int partition;
    private StoredMessages messages;
    private Iterator<LocatedMessage> rest;
    private boolean schemaGiven;

    /// Takes over a count of the table.
    ///
    /// @param begin first partition
    /// @param end one past the last partition
    StoredSource(SharedTable shared, int begin, int end) {
        this.shared = shared;
        this.partition = begin;
        this.end = end;
        this.messages = StoredMessages.of(shared.table(), begin);
        this.rest = messages.messages().iterator();
    }

    @Override
    public boolean next(Consumer<FlightMessage> taker) {
        if (!rest.hasNext()) {
            if (++partition >= end) {
                return false;
            }
            messages = StoredMessages.of(shared.table(), partition);
            rest = messages.messages().iterator();
            rest.next(); // the schema, the same in each
        }
        LocatedMessage located = rest.next();
        if (!schemaGiven) {
            schemaGiven = true;
            taker.accept(FlightMessage.of(located.message()));
            return true;
        }
        MemorySegment body = messages.body(located);
        taker.accept(FlightMessage.of(located.message(), shared.lend(body)));
        return true;
    }

    @Override
    public void close() {
        shared.release();
    }
}
