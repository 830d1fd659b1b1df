package dev.arrowshelf.store.persist;

import dev.arrowshelf.store.spill.StoredBytes;
import java.io.IOException;

/// A table on its way into the shelf. For one thread.
public interface IncomingTable extends AutoCloseable {
    /// Returns the manifest that was stored with it.
    byte[] manifest();

    /// Reads the bytes of a partition into their place; the target may get pieces in any order.
    ///
    /// @param bytes how many there are, and `crc` their CRC-32, as the manifest says
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when they are others
    void read(int partition, long bytes, int crc, StoredBytes.Target target) throws IOException;

    @Override
    void close();
}
