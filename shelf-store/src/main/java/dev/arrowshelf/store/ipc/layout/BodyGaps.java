package dev.arrowshelf.store.ipc.layout;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import java.util.List;

/// Finds the ranges of a body that lie between its buffers.
public final class BodyGaps {
    private BodyGaps() {}

    /// Adds the gaps of a body in ascending order.
    public static void find(BatchMetadata batch, long bodyOffset, long bodyBytes, List<Gap> gaps) {
        long covered = 0;
        for (int buffer : batch.buffersInOrder()) {
            long offset = batch.bufferOffset(buffer);
            long bytes = batch.bufferBytes(buffer);
            if (bytes > 0) {
                add(covered, offset, bodyOffset, gaps);
                covered = Math.max(covered, offset + bytes);
            }
        }
        add(covered, bodyBytes, bodyOffset, gaps);
    }

    private static void add(long from, long to, long bodyOffset, List<Gap> gaps) {
        if (to > from) {
            gaps.add(new Gap(bodyOffset + from, to - from));
        }
    }
}
