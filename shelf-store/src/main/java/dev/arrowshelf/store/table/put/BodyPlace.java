package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.CopyRange;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Where the bytes of one message's body go in the file of a table that is being put.
///
/// One thread at a time. Borrows the mapped file.
public final class BodyPlace {
    private final List<CopyRange> ranges;
    private final MemorySegment file;
    private final boolean ascending;
    private int next;

    BodyPlace(List<CopyRange> ranges, MemorySegment file) {
        this.ranges = ranges;
        this.file = file;
        this.ascending = isAscending(ranges);
    }

    private static boolean isAscending(List<CopyRange> ranges) {
        long end = 0;
        for (CopyRange range : ranges) {
            if (range.sourcePosition() < end) {
                return false;
            }
            end = range.sourcePosition() + range.bytes();
        }
        return true;
    }

    /// Writes some bytes of the body; pieces come in order, each once.
    ///
    /// @param position of the first of them in the body
    public void write(long position, MemorySegment bytes) {
        long end = position + bytes.byteSize();
        for (int i = ascending ? next : 0; i < ranges.size(); i++) {
            CopyRange range = ranges.get(i);
            long rangeEnd = range.sourcePosition() + range.bytes();
            long from = Math.max(position, range.sourcePosition());
            long to = Math.min(end, rangeEnd);
            if (from < to) {
                long target = range.targetOffset() + (from - range.sourcePosition());
                MemorySegment.copy(bytes, from - position, file, target, to - from);
            }
            if (ascending && rangeEnd > end) {
                return;
            }
            next = i + 1;
        }
    }
}
