package dev.arrowshelf.memory.control;

import static dev.arrowshelf.memory.control.ControlLayout.INT;
import static dev.arrowshelf.memory.control.ControlLayout.LONG;
import static dev.arrowshelf.memory.control.ControlLayout.SHORT;
import static dev.arrowshelf.memory.control.ControlLayout.SHORT_WORD;
import static dev.arrowshelf.memory.control.ControlLayout.WORD;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// One writable control file, mapped: single words, slots and keys are written here, with the order
/// that readers rely on.
///
/// Single writer. Owns its mapping.
final class ControlBlock implements AutoCloseable {
    private static final int MODE = 0600;

    private final Region region;
    private final MemorySegment block;
    private final SlotTable slots;
    private final ControlSteps steps;
    private final long heapOffset;
    private final long heapBytes;

    private ControlBlock(Region region, ControlSteps steps) {
        this.region = region;
        this.block = region.segment();
        this.slots = new SlotTable(block);
        this.steps = steps;
        this.heapOffset = block.get(LONG, ControlLayout.KEY_HEAP_OFFSET_AT);
        this.heapBytes = block.get(LONG, ControlLayout.KEY_HEAP_BYTES_AT);
    }

    /// Returns the length of a block's file.
    static long bytesFor(int slotCount, long heapBytes) {
        return ControlLayout.keyHeapOffset(slotCount) + heapBytes;
    }

    /// Makes a new file with empty slots and every page allocated: a hole would be a SIGBUS on a
    /// full file system.
    static ControlBlock create(Path path, int slotCount, long heapBytes, ControlSteps steps)
            throws IOException {
        long bytes = bytesFor(slotCount, heapBytes);
        try (FileHandle file = FileHandle.create(path, MODE)) {
            file.allocate(0, bytes);
            Region region = Region.mapWritable(file, bytes);
            MemorySegment block = region.segment();
            block.set(LONG, ControlLayout.MAGIC_AT, ControlLayout.MAGIC);
            block.set(INT, ControlLayout.VERSION_AT, ControlLayout.VERSION);
            block.set(INT, ControlLayout.HEADER_BYTES_AT, ControlLayout.HEADER_BYTES);
            block.set(LONG, ControlLayout.SLOT_COUNT_AT, slotCount);
            block.set(LONG, ControlLayout.SLOTS_OFFSET_AT, ControlLayout.HEADER_BYTES);
            block.set(
                    LONG, ControlLayout.KEY_HEAP_OFFSET_AT, ControlLayout.keyHeapOffset(slotCount));
            block.set(LONG, ControlLayout.KEY_HEAP_BYTES_AT, heapBytes);
            int emptyChecksum = SlotChecksum.of(block, ControlLayout.slotOffset(0), 0);
            for (int index = 0; index < slotCount; index++) {
                block.set(INT, ControlLayout.slotOffset(index) + ControlLayout.CRC, emptyChecksum);
            }
            return new ControlBlock(region, steps);
        }
    }

    /// Tells the readers of the block in that file that it is over; false when no block of ours has
    /// the name.
    static boolean supersede(Path path) throws IOException {
        try (FileHandle file = FileHandle.openReadWrite(path)) {
            if (file.size() < ControlLayout.HEADER_BYTES) {
                return false;
            }
            try (Region old = Region.mapWritable(file, ControlLayout.HEADER_BYTES)) {
                boolean ours =
                        old.segment().get(LONG, ControlLayout.MAGIC_AT) == ControlLayout.MAGIC;
                if (ours) {
                    WORD.setRelease(
                            old.segment(),
                            ControlLayout.SUPERSEDED_AT,
                            1L); // pairs with ControlReader.isSuperseded
                }
                return ours;
            }
        } catch (NoSuchFileException _) { // the first start of this shelf
            return false;
        }
    }

    SlotTable slots() {
        return slots;
    }

    MemorySegment bytes() {
        return block;
    }

    void set(long word, long value) {
        WORD.setRelease(block, word, value);
    }

    long get(long word) {
        return block.get(LONG, word);
    }

    /// A reader takes the text only between two equal lengths; 0 says that it is being changed.
    void setAddress(byte[] text) {
        SHORT_WORD.setVolatile(block, ControlLayout.ADDRESS_BYTES_AT, (short) 0);
        MemorySegment.copy(
                text, 0, block, ValueLayout.JAVA_BYTE, ControlLayout.ADDRESS_AT, text.length);
        SHORT_WORD.setRelease(block, ControlLayout.ADDRESS_BYTES_AT, (short) text.length);
    }

    /// Returns how many bytes of keys there is room for.
    long heapBytes() {
        return heapBytes;
    }

    long heapFreeBytes() {
        return heapBytes - get(ControlLayout.KEY_HEAP_USED_AT);
    }

    /// Appends a key to the heap and returns its offset; no reader looks there before a slot says
    /// so.
    long appendKey(byte[] key) {
        long offset = get(ControlLayout.KEY_HEAP_USED_AT);
        MemorySegment.copy(key, 0, block, ValueLayout.JAVA_BYTE, heapOffset + offset, key.length);
        set(ControlLayout.KEY_HEAP_USED_AT, offset + key.length);
        return offset;
    }

    long keyOffset(int index) {
        return block.get(LONG, ControlLayout.slotOffset(index) + ControlLayout.KEY_OFFSET);
    }

    /// Writes a live slot as one change.
    ///
    /// A reader sees the old slot, or the new one, or an odd sequence or wrong checksum and looks
    /// again. When this process dies between the first and the last store, the slot stays odd:
    /// readers find the owner gone and take the slot for withdrawn, and the next owner rebuilds the
    /// block from what is on the shelf.
    void writeLive(int index, KeyHash hash, long keyOffset, int keyBytes, Content content) {
        long slot = ControlLayout.slotOffset(index);
        long sequence = begin(slot);
        block.set(LONG, slot + ControlLayout.HASH_LOW, hash.low());
        block.set(LONG, slot + ControlLayout.HASH_HIGH, hash.high());
        block.set(LONG, slot + ControlLayout.GENERATION, content.generation());
        block.set(LONG, slot + ControlLayout.KEY_OFFSET, keyOffset);
        block.set(INT, slot + ControlLayout.KEY_BYTES, keyBytes);
        block.set(SHORT, slot + ControlLayout.STATE, (short) ControlLayout.STATE_LIVE);
        SlotLocation location = content.location();
        block.set(SHORT, slot + ControlLayout.PLACE, (short) location.place().code());
        block.set(LONG, slot + ControlLayout.LOCATOR, location.locator());
        block.set(INT, slot + ControlLayout.PAYLOAD_OFFSET, location.offset());
        block.set(INT, slot + ControlLayout.PAYLOAD_BYTES, location.length());
        TableFigures figures = content.figures();
        block.set(LONG, slot + ControlLayout.ROWS, figures.rows());
        block.set(LONG, slot + ControlLayout.BYTES, figures.bytes());
        block.set(LONG, slot + ControlLayout.CREATED, figures.createdMillis());
        block.set(INT, slot + ControlLayout.COLUMNS, figures.columns());
        end(slot, sequence);
    }

    /// Takes a slot's table away as one change; key and hash stay, so that searches go on past it.
    void writeWithdrawn(int index) {
        long slot = ControlLayout.slotOffset(index);
        long sequence = begin(slot);
        block.set(SHORT, slot + ControlLayout.STATE, (short) ControlLayout.STATE_WITHDRAWN);
        end(slot, sequence);
    }

    @Override
    public void close() {
        region.close();
    }

    private long begin(long slot) {
        long sequence = block.get(LONG, slot);
        WORD.setOpaque(block, slot, sequence + 1);
        VarHandle.storeStoreFence(); // pairs with the load fence of SlotTable: no field before the
        // odd sequence
        steps.reached(ControlSteps.Step.SLOT_ODD);
        return sequence + 2;
    }

    private void end(long slot, long sequence) {
        block.set(INT, slot + ControlLayout.CRC, SlotChecksum.of(block, slot, sequence));
        steps.reached(ControlSteps.Step.SLOT_FILLED);
        WORD.setRelease(block, slot, sequence); // pairs with the acquire of SlotTable.sequence
        steps.reached(ControlSteps.Step.SLOT_STABLE);
    }

    /// What a slot tells about its table.
    record Content(long generation, SlotLocation location, TableFigures figures) {}
}
