package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.local.SocketPort;
import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.TableSpace;
import java.nio.file.Path;

/// Asks the owner of a shelf directory for what is not in memory, where a daemon runs. Reading
/// everything else needs none.
///
/// @param directory of the shelf
record OwnerOnDemand(Path directory) implements TableSpace.Recall {
    @Override
    public Recaller.Answer recall(byte[] key, long generation, int partition) {
        try (SocketPort port = SocketPort.connect(directory)) {
            return port.recall(key, generation, partition);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.UNAVAILABLE) {
                return Recaller.Answer.NOBODY; // the reader checks what lies on disk by itself
            }
            throw failure;
        }
    }

    @Override
    public boolean fetch(byte[] key) {
        try (SocketPort port = SocketPort.connect(directory)) {
            return port.fetch(key);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.UNAVAILABLE) {
                return false;
            }
            throw failure;
        }
    }
}
