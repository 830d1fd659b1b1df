package dev.arrowshelf.memory.control;

import dev.arrowshelf.memory.ForeignFileException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// The bytes of a control block, as `docs/spec/shelf-directory.md` lays them down. Little-endian
/// throughout.
///
/// ```
/// 0        header, 4096 bytes        magic, version, superseded word, owner, figures, address
/// 4096     slots, 96 bytes each      sequence word first, CRC-32 last
/// ...      key heap                  keys one after the other
/// ```
final class ControlLayout {
    static final String FILE_NAME = "control";
    static final long MAGIC = 0x314C525443485341L; // "ASHCTRL1"
    static final int VERSION = 1;
    static final int HEADER_BYTES = 4096;
    static final int SLOT_BYTES = 96;
    static final int MOST_KEY_BYTES = 65_535;
    static final int MOST_ADDRESS_BYTES = 254;

    static final long MAGIC_AT = 0;
    static final long VERSION_AT = 8;
    static final long HEADER_BYTES_AT = 12;
    static final long SUPERSEDED_AT = 16;
    static final long OWNER_PID_AT = 24;
    static final long OWNER_START_AT = 32;
    static final long HEARTBEAT_AT = 40;
    static final long CHANGES_AT = 48;
    static final long SLOT_COUNT_AT = 56;
    static final long SLOTS_OFFSET_AT = 64;
    static final long KEY_HEAP_OFFSET_AT = 72;
    static final long KEY_HEAP_BYTES_AT = 80;
    static final long KEY_HEAP_USED_AT = 88;
    static final long TABLES_AT = 96;
    static final long INCARNATION_AT = 104;
    static final long FEATURES_AT = 112;
    static final long MEMORY_LIMIT_AT = 120;
    static final long RESIDENT_AT = 128;
    static final long POOL_AT = 136;
    static final long UNLINKED_AT = 144;
    static final long WRITING_AT = 152;
    static final long SHELF_ID_AT = 160;
    static final long ADDRESS_BYTES_AT = 176;
    static final long ADDRESS_AT = 178;

    static final int SEQUENCE = 0;
    static final int HASH_LOW = 8;
    static final int HASH_HIGH = 16;
    static final int GENERATION = 24;
    static final int KEY_OFFSET = 32;
    static final int KEY_BYTES = 40;
    static final int STATE = 44;
    static final int PLACE = 46;
    static final int LOCATOR = 48;
    static final int PAYLOAD_OFFSET = 56;
    static final int PAYLOAD_BYTES = 60;
    static final int ROWS = 64;
    static final int BYTES = 72;
    static final int CREATED = 80;
    static final int COLUMNS = 88;
    static final int CRC = 92;

    static final int STATE_NEVER_USED = 0;
    static final int STATE_LIVE = 1;
    static final int STATE_WITHDRAWN = 2;

    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG_BIG_ENDIAN =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);

    /// Single words that several processes touch: coordinates (segment, byte offset).
    static final VarHandle WORD = LONG.varHandle();

    static final VarHandle SHORT_WORD = SHORT.varHandle();

    private ControlLayout() {}

    static long slotOffset(int index) {
        return HEADER_BYTES + (long) SLOT_BYTES * index;
    }

    static long keyHeapOffset(int slotCount) {
        return slotOffset(slotCount);
    }

    /// Whether the header fits the file it is in; everything a reader later trusts is checked here.
    static void validate(MemorySegment block, Path path) throws ForeignFileException {
        if (block.byteSize() < HEADER_BYTES || block.get(LONG, MAGIC_AT) != MAGIC) {
            throw new ForeignFileException(
                    "not a control block", path, "bytes=" + block.byteSize());
        }
        if (block.get(INT, VERSION_AT) != VERSION
                || block.get(INT, HEADER_BYTES_AT) != HEADER_BYTES) {
            throw new ForeignFileException(
                    "control block of another version",
                    path,
                    "version=" + block.get(INT, VERSION_AT));
        }
        long slots = block.get(LONG, SLOT_COUNT_AT);
        long heapOffset = block.get(LONG, KEY_HEAP_OFFSET_AT);
        long heapBytes = block.get(LONG, KEY_HEAP_BYTES_AT);
        boolean fits =
                slots > 0
                        && slots <= 1 << 30
                        && Long.bitCount(slots) == 1
                        && block.get(LONG, SLOTS_OFFSET_AT) == HEADER_BYTES
                        && heapOffset >= keyHeapOffset((int) slots)
                        && heapBytes >= 0
                        && heapBytes <= block.byteSize() - heapOffset;
        if (!fits) {
            throw new ForeignFileException(
                    "control block does not fit its file",
                    path,
                    "slots=%d, keyHeapOffset=%d, keyHeapBytes=%d, bytes=%d"
                            .formatted(slots, heapOffset, heapBytes, block.byteSize()));
        }
    }
}
