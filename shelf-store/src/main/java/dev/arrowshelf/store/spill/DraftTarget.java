package dev.arrowshelf.store.spill;

import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Space;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// A file of the shelf that stored bytes are decoded into, mapped: cold pages come into being by
/// the threads that fill them.
///
/// Any thread may fill a piece; memory ends with [#close], the file stays.
public final class DraftTarget implements StoredBytes.Target, AutoCloseable {
    private static final long HUGE_PAGE_BYTES = 2L << 20;

    private final Space space;
    private final Region region;
    private final long coldFrom;

    /// Maps a file, which must have its final length.
    public DraftTarget(Space space, DraftFile file) throws IOException {
        this.space = space;
        this.region = Region.mapWritable(file.handle(), file.bytes());
        this.coldFrom = file.warmBytes();
    }

    @Override
    public void write(MemorySegment bytes, long offset) throws IOException {
        MemorySegment.copy(bytes, 0, place(offset, bytes.byteSize()), 0, bytes.byteSize());
    }

    @Override
    public MemorySegment place(long offset, long bytes) throws IOException {
        long cold = Math.max(offset, coldFrom);
        long end = offset + bytes;
        if (cold < end) {
            try {
                // whole huge pages: another piece that begins in one finds its pages there
                long begin = cold - cold % HUGE_PAGE_BYTES;
                region.populate(begin, end - begin);
            } catch (NoSpaceException full) {
                throw space.full(full, bytes);
            }
        }
        return region.segment().asSlice(offset, bytes);
    }

    @Override
    public void close() {
        region.close();
    }
}
