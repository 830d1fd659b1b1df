package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.local.SocketPort;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.TableSpace;
import java.nio.file.Path;
import java.util.function.Predicate;

/// Asks the owner of a shelf directory for what is not in memory, if a daemon runs; reading
/// everything else needs none.
///
/// @param directory of the shelf
record OwnerOnDemand(Path directory) implements TableSpace.Recall {
    @Override
    public boolean recall(byte[] key) {
        return asked(port -> port.recall(key));
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
}
