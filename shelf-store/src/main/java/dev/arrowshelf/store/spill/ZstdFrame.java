package dev.arrowshelf.store.spill;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Finds out how long a Zstandard frame is without decoding it: header, then blocks with their
/// lengths (RFC 8878, section 3.1.1).
final class ZstdFrame {
    private static final int MAGIC_BYTES = 4;
    private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};
    private static final int[] CONTENT_SIZE_BYTES = {0, 2, 4, 8};
    private static final int BLOCK_HEADER_BYTES = 3;
    private static final int CHECKSUM_BYTES = 4;
    private static final int RUN_LENGTH_BLOCK = 1;

    private ZstdFrame() {}

    /// Returns the bytes of the frame that begins a source.
    ///
    /// @throws IndexOutOfBoundsException when it is cut off
    static int bytes(MemorySegment source) {
        int descriptor = octet(source, MAGIC_BYTES);
        boolean single = (descriptor & 0x20) != 0;
        int contentSize = descriptor >>> 6;
        long at = MAGIC_BYTES + 1L + DICTIONARY_ID_BYTES[descriptor & 3];
        at += single ? 0 : 1;
        at += contentSize == 0 && single ? 1 : CONTENT_SIZE_BYTES[contentSize];
        boolean last = false;
        while (!last) {
            int header =
                    octet(source, at)
                            | (octet(source, at + 1) << 8)
                            | (octet(source, at + 2) << 16);
            last = (header & 1) != 0;
            int type = (header >>> 1) & 3;
            at += BLOCK_HEADER_BYTES + (type == RUN_LENGTH_BLOCK ? 1 : (header >>> 3));
        }
        at += (descriptor & 4) != 0 ? CHECKSUM_BYTES : 0;
        return Math.toIntExact(at);
    }

    private static int octet(MemorySegment source, long at) {
        return Byte.toUnsignedInt(source.get(ValueLayout.JAVA_BYTE, at));
    }
}
