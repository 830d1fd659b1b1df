package dev.arrowshelf.vector.segment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Where things lie in an index (docs/spec/vector-index.md). Little-endian throughout.
///
/// ```
/// 0     8   magic "ASHVIDX1"          48    4   kind
/// 8     4   version = 2               52    4   metric
/// 12    4   header bytes = 4096       56    8   rows that are no vectors
/// 16    8   total bytes               64    8   created
/// 24    8   generation of the table   72    4   sections
/// 32    8   rows of the table         76    4   lists
/// 40    4   points                    80    4   effort
/// 44    4   dimensions                84    4   measured settings
/// 88    4   storage
/// 128   16 x 24  sections: number, CRC-32C, offset, bytes
/// 512   64 x 12  measured settings: setting, recall, microseconds
/// 4092  4   CRC-32C of the bytes before
/// ```
final class IndexLayout {
    static final long MAGIC = 0x3158444956485341L;
    static final int VERSION = 2;
    static final int HEADER_BYTES = 4096;
    static final int ALIGNMENT = 64;

    static final long VERSION_AT = 8;
    static final long HEADER_BYTES_AT = 12;
    static final long TOTAL_AT = 16;
    static final long GENERATION_AT = 24;
    static final long TABLE_ROWS_AT = 32;
    static final long POINTS_AT = 40;
    static final long DIMENSIONS_AT = 44;
    static final long KIND_AT = 48;
    static final long METRIC_AT = 52;
    static final long SKIPPED_AT = 56;
    static final long CREATED_AT = 64;
    static final long SECTIONS_AT = 72;
    static final long LISTS_AT = 76;
    static final long EFFORT_AT = 80;
    static final long CALIBRATIONS_AT = 84;
    static final long STORAGE_AT = 88;

    static final long FIRST_SECTION_AT = 128;
    static final int SECTION_BYTES = 24;
    static final int MOST_SECTIONS = 16;

    static final long FIRST_CALIBRATION_AT = 512;
    static final int CALIBRATION_BYTES = 12;

    static final long CHECKSUM_AT = HEADER_BYTES - Integer.BYTES;

    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long LARGEST_STEP = 1 << 30;

    private IndexLayout() {}

    static long aligned(long offset) {
        return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    static int checksum(MemorySegment bytes) {
        CRC32C crc = new CRC32C();
        for (long from = 0; from < bytes.byteSize(); from += LARGEST_STEP) {
            long length = Math.min(LARGEST_STEP, bytes.byteSize() - from);
            crc.update(bytes.asSlice(from, length).asByteBuffer());
        }
        return (int) crc.getValue();
    }
}
