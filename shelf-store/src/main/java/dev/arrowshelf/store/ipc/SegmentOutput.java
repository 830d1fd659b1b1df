package dev.arrowshelf.store.ipc;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/// What a [SegmentComposer] writes a segment's metadata to: a file or a mapping of it.
public interface SegmentOutput {
    /// Writes all bytes at an offset of the file.
    void write(MemorySegment bytes, long offset) throws IOException;

    /// Makes a range of the file zero.
    void zero(long offset, long bytes) throws IOException;
}
