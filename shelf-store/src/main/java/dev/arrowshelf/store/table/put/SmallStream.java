package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// An IPC stream of a table that may turn out to be small, collected in memory of its own until it
/// is sent whole or proves too large.
///
/// One thread. Lies on the heap, so that what it gives out lives as long as somebody has it.
final class SmallStream {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PREFIX_BYTES = 8;
    private static final int CONTINUATION = -1;

    private static final int FIRST_BYTES = 4096;

    private final int limitBytes;
    private final MessageGroup collected = new MessageGroup();
    private byte[] memory;
    private int used;

    /// Makes an empty stream that grows to at most so many bytes.
    SmallStream(int limitBytes) {
        this.limitBytes = limitBytes;
        this.memory = new byte[Math.min(limitBytes, FIRST_BYTES)];
    }

    /// Returns whether a message could still be added.
    boolean hasRoomFor(IpcMessage message) {
        return encapsulatedBytes(message) + PREFIX_BYTES <= limitBytes - used;
    }

    /// Adds the messages of a group, copying them; false, and nothing added, when they do not fit
    /// any more.
    boolean add(MessageGroup group) {
        long needed = PREFIX_BYTES;
        for (IpcMessage message : group.messages()) {
            needed += encapsulatedBytes(message);
        }
        if (group.isCompressed() || needed > limitBytes - used) {
            return false;
        }
        if (needed > memory.length - used) {
            int enough = Math.max(used + (int) needed, Math.min(limitBytes, 2 * memory.length));
            memory = Arrays.copyOf(memory, enough);
        }
        long position = 0;
        for (IpcMessage message : group.messages()) {
            add(group, message, position);
            position += message.bodyBytes();
        }
        return true;
    }

    private void add(MessageGroup group, IpcMessage message, long position) {
        MemorySegment target =
                MemorySegment.ofArray(memory).asSlice(used, encapsulatedBytes(message));
        long metadataBytes = padded(message.metadata().byteSize());
        target.set(INT, 0, CONTINUATION);
        target.set(INT, Integer.BYTES, (int) metadataBytes);
        MemorySegment metadata = target.asSlice(PREFIX_BYTES, metadataBytes);
        metadata.copyFrom(message.metadata());
        MemorySegment body = target.asSlice(PREFIX_BYTES + metadataBytes, message.bodyBytes());
        group.read(
                position,
                message.bodyBytes(),
                (offset, bytes) -> body.asSlice(offset).copyFrom(bytes));
        collected.add(new IpcMessage(metadata, message.bodyBytes()), body, false);
        used += (int) target.byteSize();
    }

    /// Returns what was collected as messages.
    MessageGroup messages() {
        return collected;
    }

    /// Returns what was collected as a stream with its end mark.
    MemorySegment stream() {
        MemorySegment stream = MemorySegment.ofArray(memory).asSlice(0, used + PREFIX_BYTES);
        stream.set(INT, used, CONTINUATION);
        stream.set(INT, used + Integer.BYTES, 0);
        return stream;
    }

    private static long encapsulatedBytes(IpcMessage message) {
        return PREFIX_BYTES + padded(message.metadata().byteSize()) + padded(message.bodyBytes());
    }

    private static long padded(long bytes) {
        return (bytes + 7) & -8;
    }
}
