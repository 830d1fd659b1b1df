package dev.arrowshelf.store.spill;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The structure of a Zstandard frame: header, then blocks with their lengths (RFC 8878, section
/// 3.1.1). Finds out how long one is without decoding it, and makes one of raw blocks.
final class ZstdFrame {
    private static final int MAGIC_BYTES = 4;
    private static final int[] DICTIONARY_ID_BYTES = {0, 1, 2, 4};
    private static final int[] CONTENT_SIZE_BYTES = {0, 2, 4, 8};
    private static final int BLOCK_HEADER_BYTES = 3;
    private static final int CHECKSUM_BYTES = 4;
    private static final int RUN_LENGTH_BLOCK = 1;

    private static final int RAW_BLOCK_BYTES = 128 << 10;

    /// One segment, four bytes of content size, no checksum, no dictionary.
    private static final byte RAW_DESCRIPTOR = (byte) 0xA0;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int MAGIC = 0xFD2F_B528;
    private static final int RAW_HEADER_BYTES = MAGIC_BYTES + 1 + Integer.BYTES;

    private ZstdFrame() {}

    /// Returns the bytes of a frame of raw blocks.
    static long rawBytes(long contentBytes) {
        long blocks = Math.max(1, Math.ceilDiv(contentBytes, RAW_BLOCK_BYTES));
        return RAW_HEADER_BYTES + blocks * BLOCK_HEADER_BYTES + contentBytes;
    }

    /// Writes content of at most 2 GiB as a frame of raw blocks, into room for [#rawBytes].
    static void writeRaw(MemorySegment content, MemorySegment frame) {
        frame.set(INT, 0, MAGIC);
        frame.set(ValueLayout.JAVA_BYTE, MAGIC_BYTES, RAW_DESCRIPTOR);
        frame.set(INT, MAGIC_BYTES + 1, Math.toIntExact(content.byteSize()));
        long at = RAW_HEADER_BYTES;
        long done = 0;
        do {
            int bytes = (int) Math.min(RAW_BLOCK_BYTES, content.byteSize() - done);
            int last = done + bytes == content.byteSize() ? 1 : 0;
            int header = bytes << 3 | last;
            frame.set(ValueLayout.JAVA_BYTE, at, (byte) header);
            frame.set(ValueLayout.JAVA_BYTE, at + 1, (byte) (header >>> 8));
            frame.set(ValueLayout.JAVA_BYTE, at + 2, (byte) (header >>> 16));
            MemorySegment.copy(content, done, frame, at + BLOCK_HEADER_BYTES, bytes);
            at += BLOCK_HEADER_BYTES + bytes;
            done += bytes;
        } while (done < content.byteSize());
    }

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
