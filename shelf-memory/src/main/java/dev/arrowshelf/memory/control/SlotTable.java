package dev.arrowshelf.memory.control;

import static dev.arrowshelf.memory.control.ControlLayout.INT;
import static dev.arrowshelf.memory.control.ControlLayout.LONG;
import static dev.arrowshelf.memory.control.ControlLayout.SHORT;
import static dev.arrowshelf.memory.control.ControlLayout.WORD;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// The slots and the key heap of one mapped control block, read slot by slot.
///
/// Every method makes one attempt: a slot that changes meanwhile is reported as [Glance#UNSTABLE],
/// or by null. Thread-safe against the one writer: each attempt reads the sequence with acquire
/// before and after a load fence, which pairs with the writer's store fence and release; the
/// checksum also guards against bytes that no writer of ours left.
final class SlotTable {
    private static final VarHandle KEY_LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong HEAP_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment block;
    private final int slotCount;
    private final long heapOffset;
    private final long heapBytes;

    SlotTable(MemorySegment block) {
        this.block = block;
        this.slotCount = (int) block.get(LONG, ControlLayout.SLOT_COUNT_AT);
        this.heapOffset = block.get(LONG, ControlLayout.KEY_HEAP_OFFSET_AT);
        this.heapBytes = block.get(LONG, ControlLayout.KEY_HEAP_BYTES_AT);
    }

    /// What one look at a slot showed.
    enum Glance {
        NEVER_USED,
        OTHER_KEY,
        LIVE,
        WITHDRAWN,
        UNSTABLE
    }

    int slotCount() {
        return slotCount;
    }

    int firstSlot(KeyHash hash) {
        return (int) (hash.low() & (slotCount - 1));
    }

    int following(int index) {
        return (index + 1) & (slotCount - 1);
    }

    long sequence(int index) {
        return (long) WORD.getAcquire(block, ControlLayout.slotOffset(index));
    }

    /// Looks whether the slot is that key's.
    Glance glance(int index, KeyHash hash, byte[] key) {
        long slot = ControlLayout.slotOffset(index);
        long sequence = sequence(index);
        int state = block.get(SHORT, slot + ControlLayout.STATE);
        boolean same =
                state != ControlLayout.STATE_NEVER_USED
                        && block.get(LONG, slot + ControlLayout.HASH_LOW) == hash.low()
                        && block.get(LONG, slot + ControlLayout.HASH_HIGH) == hash.high()
                        && keyEquals(slot, key);
        if (!isStable(slot, sequence)) {
            return Glance.UNSTABLE;
        }
        return switch (state) {
            case ControlLayout.STATE_NEVER_USED -> Glance.NEVER_USED;
            case ControlLayout.STATE_LIVE -> same ? Glance.LIVE : Glance.OTHER_KEY;
            default -> same ? Glance.WITHDRAWN : Glance.OTHER_KEY;
        };
    }

    /// The slot when it is live, holds that key, and did not change during the look; otherwise
    /// null.
    @Nullable Slot readLive(int index, byte[] key) {
        long slot = ControlLayout.slotOffset(index);
        long sequence = sequence(index);
        if (block.get(SHORT, slot + ControlLayout.STATE) != ControlLayout.STATE_LIVE
                || !keyEquals(slot, key)) {
            return null;
        }
        Slot copy = copy(index, slot, sequence);
        return isStable(slot, sequence) ? copy : null;
    }

    /// The slot and its key when it is live and did not change during the look; otherwise null.
    @Nullable Entry readLive(int index) {
        long slot = ControlLayout.slotOffset(index);
        long sequence = sequence(index);
        if (block.get(SHORT, slot + ControlLayout.STATE) != ControlLayout.STATE_LIVE) {
            return null;
        }
        long offset = block.get(LONG, slot + ControlLayout.KEY_OFFSET);
        long bytes = Integer.toUnsignedLong(block.get(INT, slot + ControlLayout.KEY_BYTES));
        if (!inHeap(offset, bytes)) {
            return null;
        }
        byte[] key = new byte[(int) bytes];
        MemorySegment.copy(block, ValueLayout.JAVA_BYTE, heapOffset + offset, key, 0, key.length);
        Slot copy = copy(index, slot, sequence);
        return isStable(slot, sequence) ? new Entry(key, copy) : null;
    }

    /// Whether the slot is at rest and not live.
    boolean isSettledWithoutTable(int index) {
        long slot = ControlLayout.slotOffset(index);
        long sequence = sequence(index);
        int state = block.get(SHORT, slot + ControlLayout.STATE);
        return isStable(slot, sequence) && state != ControlLayout.STATE_LIVE;
    }

    KeyHash hash(int index) {
        long slot = ControlLayout.slotOffset(index);
        return new KeyHash(
                block.get(LONG, slot + ControlLayout.HASH_LOW),
                block.get(LONG, slot + ControlLayout.HASH_HIGH));
    }

    private Slot copy(int index, long slot, long sequence) {
        SlotLocation location =
                new SlotLocation(
                        Place.of(block.get(SHORT, slot + ControlLayout.PLACE)),
                        block.get(LONG, slot + ControlLayout.LOCATOR),
                        block.get(INT, slot + ControlLayout.PAYLOAD_OFFSET),
                        block.get(INT, slot + ControlLayout.PAYLOAD_BYTES));
        TableFigures figures =
                new TableFigures(
                        block.get(LONG, slot + ControlLayout.ROWS),
                        block.get(LONG, slot + ControlLayout.BYTES),
                        block.get(INT, slot + ControlLayout.COLUMNS),
                        block.get(LONG, slot + ControlLayout.CREATED));
        return new Slot(
                index,
                sequence,
                block.get(LONG, slot + ControlLayout.GENERATION),
                location,
                figures);
    }

    private boolean isStable(long slot, long sequence) {
        if ((sequence & 1) != 0) {
            return false;
        }
        boolean sound =
                SlotChecksum.of(block, slot, sequence) == block.get(INT, slot + ControlLayout.CRC);
        VarHandle.loadLoadFence(); // pairs with the writer's fence after the odd sequence
        return sound && (long) WORD.getOpaque(block, slot) == sequence;
    }

    private boolean keyEquals(long slot, byte[] key) {
        long offset = block.get(LONG, slot + ControlLayout.KEY_OFFSET);
        if (block.get(INT, slot + ControlLayout.KEY_BYTES) != key.length
                || !inHeap(offset, key.length)) {
            return false;
        }
        long at = heapOffset + offset;
        int i = 0;
        for (; i + Long.BYTES <= key.length; i += Long.BYTES) {
            if (block.get(HEAP_LONG, at + i) != (long) KEY_LONGS.get(key, i)) {
                return false;
            }
        }
        for (; i < key.length; i++) {
            if (block.get(ValueLayout.JAVA_BYTE, at + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean inHeap(long offset, long bytes) {
        return bytes <= ControlLayout.MOST_KEY_BYTES && offset >= 0 && offset <= heapBytes - bytes;
    }

    /// A live slot with the key it belongs to.
    @SuppressWarnings("ArrayRecordComponent") // carries the two out of one look; never compared
    record Entry(byte[] key, Slot slot) {}
}
