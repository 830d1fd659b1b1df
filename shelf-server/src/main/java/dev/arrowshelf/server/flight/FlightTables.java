package dev.arrowshelf.server.flight;

import dev.arrowshelf.server.flight.message.MessageSource;
import dev.arrowshelf.server.flight.message.ReaderSource;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.StoredMessages;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.util.concurrent.Executor;

/// Tables as Flight requests name them. Thread-safe; borrows the table space.
final class FlightTables {
    /// About the longest body that is sent in one message when batches have to be cut.
    private static final long MOST_BODY_BYTES = 64L << 20;

    private static final long LONGEST_STORED_BODY = 1L << 30;

    private final TableSpace space;
    private final String shelf;

    /// @param shelf the shelf's id, which its tickets carry
    FlightTables(TableSpace space, String shelf) {
        this.space = space;
        this.shelf = shelf;
    }

    String shelf() {
        return shelf;
    }

    TableSpace space() {
        return space;
    }

    /// Opens the table of a request. Error: `NOT_FOUND`, also when another generation is there by
    /// now.
    ShelfTable open(TableRequest request) {
        ShelfTable table = space.find(request.name());
        if (table == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + request.name());
        }
        try {
            check(request, table);
            return table;
        } catch (Throwable failure) {
            table.close();
            throw failure;
        }
    }

    private static void check(TableRequest request, ShelfTable table) {
        long wanted = request.generation().orElse(table.generation());
        if (wanted != table.generation()) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND,
                    "table was replaced since the ticket was given: name=%s, generation=%d, present=%d"
                            .formatted(request.name(), wanted, table.generation()));
        }
        int partition = request.partition().orElse(0);
        if (partition >= table.partitionCount()) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND,
                    "no such partition: name=%s, partition=%d, partitions=%d"
                            .formatted(request.name(), partition, table.partitionCount()));
        }
    }

    /// Opens the messages that answer a request.
    ///
    /// @param closer closes the table when all is written
    MessageSource source(TableRequest request, Executor closer) throws IOException {
        SharedTable shared = new SharedTable(open(request), closer);
        try {
            int begin = request.partition().orElse(0);
            int end = request.partition().isPresent() ? begin + 1 : shared.table().partitionCount();
            boolean whole = request.slice().equals(TableSlice.ALL);
            if (whole && fitsMessages(shared.table(), begin, end)) {
                return new StoredSource(shared, begin, end);
            }
            TableSlice slice =
                    request.partition().isPresent() ? rows(shared.table(), begin) : request.slice();
            return new ReaderSource(shared.table().reader(slice), MOST_BODY_BYTES, shared::release);
        } catch (Throwable failure) {
            shared.release();
            throw failure;
        }
    }

    private static boolean fitsMessages(ShelfTable table, int begin, int end) {
        for (int partition = begin; partition < end; partition++) {
            for (LocatedMessage located : StoredMessages.of(table, partition).messages()) {
                if (located.message().bodyBytes() > LONGEST_STORED_BODY) {
                    return false;
                }
            }
        }
        return true;
    }

    private static TableSlice rows(ShelfTable table, int partition) {
        long offset = 0;
        for (int before = 0; before < partition; before++) {
            offset += StoredMessages.of(table, before).rows();
        }
        return TableSlice.ofRows(offset, StoredMessages.of(table, partition).rows());
    }
}
