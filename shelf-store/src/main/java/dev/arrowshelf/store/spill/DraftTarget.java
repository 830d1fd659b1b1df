package dev.arrowshelf.store.spill;

import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.space.DraftFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A file of the shelf that stored bytes are decoded into, mapped.
///
/// Any thread may fill a piece; memory ends with [#close], the file stays.
public final class DraftTarget implements StoredBytes.Target, AutoCloseable {
    private final Region region;

    /// Maps a file, which must have its final length and all its pages.
    public DraftTarget(DraftFile file) throws IOException {
        this.region = Region.mapWritable(file.handle(), file.bytes());
    }

    @Override
    public void write(MemorySegment bytes, long offset) {
        MemorySegment.copy(bytes, 0, region.segment(), offset, bytes.byteSize());
    }

    @Override
    public MemorySegment place(long offset, long bytes) {
        return region.segment().asSlice(offset, bytes);
    }

    @Override
    public void close() {
        region.close();
    }
}
