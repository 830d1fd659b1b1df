package dev.arrowshelf.memory.control;

import static dev.arrowshelf.memory.control.ControlLayout.LONG;
import static dev.arrowshelf.memory.control.ControlLayout.LONG_BIG_ENDIAN;
import static dev.arrowshelf.memory.control.ControlLayout.SHORT_WORD;
import static dev.arrowshelf.memory.control.ControlLayout.WORD;

import dev.arrowshelf.memory.owner.ProcessIdentity;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/// What the head of a control block says: who owns the shelf, since when it was heard of, and how
/// full it is.
///
/// @param owner pid 0 when nobody has the shelf open
/// @param heartbeatMillis milliseconds since 1970
/// @param address `host:port` of the daemon; empty when none serves
public record ControlHeader(
        ProcessIdentity owner,
        long heartbeatMillis,
        String address,
        UUID shelfId,
        ShelfFeatures features,
        CatalogueFigures catalogue,
        MemoryFigures memory) {
    private static final int MOST_TRIES = 100;

    /// Reads the head of a mapped block; each word by itself, so the figures may be of different
    /// moments.
    static ControlHeader read(MemorySegment block) {
        return new ControlHeader(
                ownerOf(block),
                word(block, ControlLayout.HEARTBEAT_AT),
                addressOf(block),
                new UUID(
                        block.get(LONG_BIG_ENDIAN, ControlLayout.SHELF_ID_AT),
                        block.get(LONG_BIG_ENDIAN, ControlLayout.SHELF_ID_AT + Long.BYTES)),
                ShelfFeatures.ofWord(block.get(LONG, ControlLayout.FEATURES_AT)),
                new CatalogueFigures(
                        word(block, ControlLayout.INCARNATION_AT),
                        word(block, ControlLayout.CHANGES_AT),
                        word(block, ControlLayout.SLOT_COUNT_AT),
                        word(block, ControlLayout.TABLES_AT),
                        word(block, ControlLayout.KEY_HEAP_BYTES_AT),
                        word(block, ControlLayout.KEY_HEAP_USED_AT)),
                new MemoryFigures(
                        word(block, ControlLayout.MEMORY_LIMIT_AT),
                        word(block, ControlLayout.RESIDENT_AT),
                        word(block, ControlLayout.POOL_AT),
                        word(block, ControlLayout.UNLINKED_AT),
                        word(block, ControlLayout.WRITING_AT)));
    }

    static ProcessIdentity ownerOf(MemorySegment block) {
        long pid = (long) WORD.getAcquire(block, ControlLayout.OWNER_PID_AT);
        return new ProcessIdentity(
                Math.max(0, pid), Math.max(0, word(block, ControlLayout.OWNER_START_AT)));
    }

    /// The address, between two equal lengths; the writer sets the length to 0 while it changes the
    /// text.
    private static String addressOf(MemorySegment block) {
        for (int attempt = 0; attempt < MOST_TRIES; attempt++) {
            int bytes =
                    Short.toUnsignedInt(
                            (short) SHORT_WORD.getAcquire(block, ControlLayout.ADDRESS_BYTES_AT));
            if (bytes > ControlLayout.MOST_ADDRESS_BYTES) {
                return "";
            }
            byte[] text = new byte[bytes];
            MemorySegment.copy(
                    block, ValueLayout.JAVA_BYTE, ControlLayout.ADDRESS_AT, text, 0, bytes);
            VarHandle.loadLoadFence();
            if (Short.toUnsignedInt(
                            (short) SHORT_WORD.getOpaque(block, ControlLayout.ADDRESS_BYTES_AT))
                    == bytes) {
                return new String(text, StandardCharsets.UTF_8);
            }
        }
        return "";
    }

    private static long word(MemorySegment block, long offset) {
        return (long) WORD.getOpaque(block, offset);
    }
}
