package dev.arrowshelf.store.persist;

import java.io.IOException;
import java.util.List;

/// A table on its way into the shelf. For one thread.
public interface IncomingTable extends AutoCloseable {
    /// Returns the manifest that was stored with it.
    byte[] manifest();

    /// Reads the bytes of all partitions, in order, into their places.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT` when they are others than were
    ///   stored; then nothing is written any more
    void read(List<Part> parts) throws IOException;

    @Override
    void close();

    /// One partition, as the manifest has it.
    ///
    /// @param bytes its length
    /// @param crc CRC-32 of its bytes, for a tier that has no checksums of its own
    /// @param landing where it comes to lie
    record Part(long bytes, int crc, Landing landing) {}
}
