package dev.arrowshelf.store.spill;

import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.space.DraftFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A file of the shelf that a partition comes back to from the disk.
///
/// Pages that exist are filled through a mapping. The others are made by writing: a page that is
/// written whole is not cleared first, and needs no fault of its own. Any thread may fill a piece;
/// memory ends with [#close], the file stays.
public final class RecalledFile implements StoredBytes.Target, AutoCloseable {
    private final DraftFile file;
    private final @Nullable Region warm;

    /// Maps the pages that a file has.
    public RecalledFile(DraftFile file) throws IOException {
        this.file = file;
        long bytes = file.warmBytes();
        this.warm = bytes == 0 ? null : Region.mapWritable(file.handle(), bytes);
    }

    @Override
    public @Nullable MemorySegment place(long offset, long bytes) {
        return warm == null || offset + bytes > file.warmBytes()
                ? null
                : warm.segment().asSlice(offset, bytes);
    }

    /// Writes a piece that begins or ends where there are no pages.
    ///
    /// @throws dev.arrowshelf.memory.NoSpaceException when the file system is full
    @Override
    public void write(MemorySegment bytes, long offset) throws IOException {
        file.handle().write(bytes, offset);
    }

    @Override
    public void close() {
        if (warm != null) {
            warm.close();
        }
    }
}
