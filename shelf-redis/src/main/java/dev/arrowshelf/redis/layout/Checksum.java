package dev.arrowshelf.redis.layout;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.zip.CRC32C;

/// CRC-32C of values.
public final class Checksum {
    private static final long STEP_BYTES = 1L << 30;

    private Checksum() {}

    /// Returns the checksum of pieces, one after the other.
    public static int of(List<MemorySegment> pieces) {
        CRC32C crc = new CRC32C();
        for (MemorySegment piece : pieces) {
            for (long at = 0; at < piece.byteSize(); at += STEP_BYTES) {
                long step = Math.min(STEP_BYTES, piece.byteSize() - at);
                crc.update(piece.asSlice(at, step).asByteBuffer());
            }
        }
        return (int) crc.getValue();
    }

    /// Returns the checksum of one piece.
    public static int of(MemorySegment bytes) {
        return of(List.of(bytes));
    }
}
