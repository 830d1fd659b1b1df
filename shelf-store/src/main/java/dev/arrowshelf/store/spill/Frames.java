package dev.arrowshelf.store.spill;

import java.lang.foreign.MemorySegment;

/// How content is cut into frames: of 4 MiB each, but the last one.
///
/// @param contentBytes of all frames
record Frames(long contentBytes) {
    static final int BYTES = 4 << 20;

    int count() {
        return Math.toIntExact(Math.ceilDiv(contentBytes, BYTES));
    }

    long begin(int number) {
        return (long) number * BYTES;
    }

    int bytes(int number) {
        return (int) Math.min(BYTES, contentBytes - begin(number));
    }

    MemorySegment slice(MemorySegment content, int number) {
        return content.asSlice(begin(number), bytes(number));
    }

    /// Returns the CRC-32 of the content out of those of its frames.
    int joined(int[] crcs) {
        int crc = 0;
        for (int i = 0; i < crcs.length; i++) {
            crc = Crc.joined(crc, crcs[i], bytes(i));
        }
        return crc;
    }
}
