package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.local.SocketPort;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Predicate;

/// Asks the owner of a shelf directory for what is not in memory: the daemon where one runs, else
/// this process becomes the owner for as long as it takes. Reading everything else needs none.
///
/// @param directory of the shelf
/// @param options of this process as its owner
record OwnerOnDemand(Path directory, ShelfOptions options) implements TableSpace.Recall {
    @Override
    public boolean recall(byte[] key) {
        return asked(port -> port.recall(key)) || recallAsOwner(key);
    }

    @Override
    public boolean fetch(byte[] key) {
        return asked(port -> port.fetch(key));
    }

    private boolean asked(Predicate<SocketPort> question) {
        try (SocketPort port = SocketPort.connect(directory)) {
            return question.test(port);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.UNAVAILABLE) {
                return false;
            }
            throw failure;
        }
    }

    /// What lies on disk as it is needs no owner; the rest comes back to memory.
    private boolean recallAsOwner(byte[] key) {
        try (Shelf shelf = Shelf.open(options);
                ShelfTable table = shelf.find(new String(key, StandardCharsets.UTF_8))) {
            return table != null;
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.SHELF_OWNED) {
                return false;
            }
            throw failure;
        }
    }
}
