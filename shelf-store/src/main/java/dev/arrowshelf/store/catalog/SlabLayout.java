package dev.arrowshelf.store.catalog;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/// The bytes of a slab file and of the records in it, little-endian; `docs/spec/segments.md`
/// section 2 has the tables.
///
/// ```
/// 0   magic | version | header bytes | generation | file bytes | zero        64 bytes
/// 64  record | record | ...                                                  each a multiple of 64
///     state | magic | generation | record bytes | key bytes | payload offset | payload bytes | rows | created | columns | CRC | zero
///     key, zero padding, payload, zero padding
/// ```
///
/// A record is filled while its state is 0 and then becomes live by one release store, which pairs
/// with the acquire load of whoever scans. Death before that store leaves a used part that ends
/// before the record.
final class SlabLayout {
    static final int FILE_BYTES = 8 << 20;
    static final int MOST_FILE_BYTES = 1 << 30;
    static final int VERSION = 1;
    static final int HEADER_BYTES = 64;
    static final int ALIGNMENT = 64;
    static final int RECORD_HEADER_BYTES = 64;

    static final int STATE_NONE = 0;
    static final int STATE_LIVE = 1;
    static final int STATE_WITHDRAWN = 2;
    static final int STATE_UNPUBLISHED = 3;

    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt UNALIGNED_INT = INT.withByteAlignment(1);
    private static final ValueLayout.OfLong UNALIGNED_LONG = LONG.withByteAlignment(1);
    private static final VarHandle STATE = INT.varHandle();

    private static final long MAGIC = ascii("ASHSLAB1");
    private static final int RECORD_MAGIC = (int) ascii("ASR1\0\0\0\0");

    private static final int VERSION_AT = 8;
    private static final int HEADER_BYTES_AT = 12;
    private static final int GENERATION_AT = 16;
    private static final int FILE_BYTES_AT = 24;

    private static final int RECORD_MAGIC_AT = 4;
    private static final int RECORD_GENERATION_AT = 8;
    private static final int RECORD_BYTES_AT = 16;
    private static final int KEY_BYTES_AT = 20;
    private static final int PAYLOAD_OFFSET_AT = 24;
    private static final int PAYLOAD_BYTES_AT = 28;
    private static final int ROWS_AT = 32;
    private static final int CREATED_AT = 40;
    private static final int COLUMNS_AT = 48;
    private static final int CRC_AT = 52;
    private static final int EXPIRES_AT = 56;
    private static final int KEY_AT = 64;

    private SlabLayout() {}

    private static long ascii(String text) {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value |= (long) text.charAt(i) << (Byte.SIZE * i);
        }
        return value;
    }

    static void writeHeader(MemorySegment slab, long generation) {
        slab.set(LONG, 0, MAGIC);
        slab.set(INT, VERSION_AT, VERSION);
        slab.set(INT, HEADER_BYTES_AT, HEADER_BYTES);
        slab.set(LONG, GENERATION_AT, generation);
        slab.set(LONG, FILE_BYTES_AT, slab.byteSize());
    }

    static boolean hasHeader(MemorySegment slab, long generation) {
        return slab.byteSize() >= HEADER_BYTES
                && slab.get(LONG, 0) == MAGIC
                && slab.get(INT, VERSION_AT) == VERSION
                && slab.get(INT, HEADER_BYTES_AT) == HEADER_BYTES
                && slab.get(LONG, GENERATION_AT) == generation
                && slab.get(LONG, FILE_BYTES_AT) == slab.byteSize();
    }

    /// The offset of the payload from the record's begin.
    static int payloadOffset(int keyBytes) {
        return align(KEY_AT + keyBytes);
    }

    static int recordBytes(int keyBytes, int payloadBytes) {
        return align(Math.addExact(payloadOffset(keyBytes), payloadBytes));
    }

    private static int align(int bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1)
                & -ALIGNMENT; // exact: nothing here is near 2 GiB
    }

    static int state(MemorySegment slab, int record) {
        return (int) STATE.getAcquire(slab, (long) record);
    }

    static void setState(MemorySegment slab, int record, int state) {
        STATE.setRelease(slab, (long) record, state);
    }

    /// Fills everything of a record but its payload, which lies there already, and its state, which
    /// stays 0.
    static void fillHeader(MemorySegment slab, SlabRecord record) {
        SlabPlace place = record.place();
        int at = place.recordOffset();
        byte[] key = record.key().shared();
        slab.set(INT, at + RECORD_MAGIC_AT, RECORD_MAGIC);
        slab.set(LONG, at + RECORD_GENERATION_AT, record.generation());
        slab.set(INT, at + RECORD_BYTES_AT, place.recordBytes());
        slab.set(INT, at + KEY_BYTES_AT, key.length);
        slab.set(INT, at + PAYLOAD_OFFSET_AT, place.payloadOffset() - at);
        slab.set(INT, at + PAYLOAD_BYTES_AT, place.payloadBytes());
        slab.set(LONG, at + ROWS_AT, record.rows());
        slab.set(LONG, at + CREATED_AT, record.createdMillis());
        slab.set(INT, at + COLUMNS_AT, record.columns());
        slab.set(LONG, at + EXPIRES_AT, record.expiresMillis());
        MemorySegment.copy(key, 0, slab, ValueLayout.JAVA_BYTE, at + KEY_AT, key.length);
        slab.set(INT, at + CRC_AT, crc(slab, place, key.length));
    }

    /// Whether a well-formed record with the right CRC begins here; safe on any bytes. Its state is
    /// not looked at.
    static boolean isRecord(MemorySegment slab, int at) {
        return isShaped(slab, at)
                && crc(slab, place(slab, 0, at, false), slab.get(INT, at + KEY_BYTES_AT))
                        == slab.get(INT, at + CRC_AT);
    }

    /// Whether a record's lengths fit each other and the slab, so that it can be passed over.
    static boolean isShaped(MemorySegment slab, int at) {
        long room = slab.byteSize() - at;
        if (room < RECORD_HEADER_BYTES || slab.get(INT, at + RECORD_MAGIC_AT) != RECORD_MAGIC) {
            return false;
        }
        int bytes = slab.get(INT, at + RECORD_BYTES_AT);
        int keyBytes = slab.get(INT, at + KEY_BYTES_AT);
        int payloadOffset = slab.get(INT, at + PAYLOAD_OFFSET_AT);
        int payloadBytes = slab.get(INT, at + PAYLOAD_BYTES_AT);
        return keyBytes > 0
                && keyBytes <= TableKey.LIMIT_BYTES
                && payloadBytes >= 0
                && payloadBytes <= room
                && payloadOffset == payloadOffset(keyBytes)
                && bytes == recordBytes(keyBytes, payloadBytes)
                && bytes <= room;
    }

    static SlabRecord record(MemorySegment slab, long slabGeneration, int at, boolean spilled) {
        byte[] key = new byte[slab.get(INT, at + KEY_BYTES_AT)];
        MemorySegment.copy(slab, ValueLayout.JAVA_BYTE, at + KEY_AT, key, 0, key.length);
        return new SlabRecord(
                place(slab, slabGeneration, at, spilled),
                slab.get(LONG, at + RECORD_GENERATION_AT),
                TableKey.stored(key),
                slab.get(LONG, at + ROWS_AT),
                slab.get(INT, at + COLUMNS_AT),
                slab.get(LONG, at + CREATED_AT),
                Math.max(0, slab.get(LONG, at + EXPIRES_AT)));
    }

    /// Says when a record's table ends; not under the CRC, since it changes while the record lives.
    static void setExpires(MemorySegment slab, int record, long millis) {
        slab.set(LONG, record + (long) EXPIRES_AT, millis);
    }

    static long expires(MemorySegment slab, int record) {
        return Math.max(0, slab.get(LONG, record + (long) EXPIRES_AT));
    }

    /// Where the word lies in the slab that says when a record's table ends.
    static long expiresAt(int record) {
        return record + (long) EXPIRES_AT;
    }

    /// The bytes of a state word.
    static MemorySegment stateWord(int state) {
        MemorySegment word = MemorySegment.ofArray(new byte[Integer.BYTES]);
        word.set(UNALIGNED_INT, 0, state);
        return word;
    }

    /// The bytes of a time.
    static MemorySegment timeWord(long millis) {
        MemorySegment word = MemorySegment.ofArray(new byte[Long.BYTES]);
        word.set(UNALIGNED_LONG, 0, millis);
        return word;
    }

    static int recordBytesAt(MemorySegment slab, int at) {
        return slab.get(INT, at + RECORD_BYTES_AT);
    }

    private static SlabPlace place(
            MemorySegment slab, long slabGeneration, int at, boolean spilled) {
        return new SlabPlace(
                slabGeneration,
                at,
                slab.get(INT, at + RECORD_BYTES_AT),
                at + slab.get(INT, at + PAYLOAD_OFFSET_AT),
                slab.get(INT, at + PAYLOAD_BYTES_AT),
                spilled);
    }

    private static int crc(MemorySegment slab, SlabPlace place, int keyBytes) {
        int at = place.recordOffset();
        CRC32 crc = new CRC32();
        crc.update(slab.asSlice(at + 4L, CRC_AT - 4).asByteBuffer());
        crc.update(slab.asSlice(at + (long) KEY_AT, keyBytes).asByteBuffer());
        crc.update(slab.asSlice(place.payloadOffset(), place.payloadBytes()).asByteBuffer());
        return (int) crc.getValue();
    }
}
