package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.ParsedBatch;
import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Finds where in the file the buffers of a batch lie that was built in place.
final class PlacementIndex {
    private final NavigableMap<Long, Placement> bySource = new TreeMap<>();

    private PlacementIndex() {}

    /// Takes the placements of a request.
    static PlacementIndex of(List<Placement> placements) {
        PlacementIndex index = new PlacementIndex();
        for (Placement placement : placements) {
            if (!isRange(placement.sourcePosition(), placement.bytes())
                    || !isRange(placement.fileOffset(), placement.bytes())) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT, "placement is impossible: " + placement);
            }
            index.bySource.put(placement.sourcePosition(), placement);
        }
        return index;
    }

    private static boolean isRange(long offset, long bytes) {
        return offset >= 0
                && bytes >= 0
                && offset <= PlacedMessage.MAX_BYTES
                && bytes <= PlacedMessage.MAX_BYTES;
    }

    /// Returns the file offset of each buffer, 0 for empty ones.
    long[] find(ParsedBatch batch) {
        long[] fileOffsets = new long[batch.buffers()];
        for (int i = 0; i < fileOffsets.length; i++) {
            if (batch.sourceBytes(i) > 0) {
                fileOffsets[i] = find(i, batch.sourceOffset(i), batch.sourceBytes(i));
            }
        }
        return fileOffsets;
    }

    private long find(int buffer, long position, long bytes) {
        Map.Entry<Long, Placement> entry = bySource.floorEntry(position);
        if (entry == null || position - entry.getKey() > entry.getValue().bytes() - bytes) {
            throw wrong("buffer has no place", buffer, position, bytes);
        }
        Placement placement = entry.getValue();
        long fileOffset = placement.fileOffset() + (position - placement.sourcePosition());
        if ((fileOffset & (PlacedMessage.ALIGNMENT - 1)) != 0) {
            throw wrong(
                    "buffer does not lie at a multiple of 64: fileOffset=" + fileOffset,
                    buffer,
                    position,
                    bytes);
        }
        return fileOffset;
    }

    private static ShelfException wrong(String fact, int buffer, long position, long bytes) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                fact + ", buffer=" + buffer + ", sourcePosition=" + position + ", bytes=" + bytes);
    }
}
