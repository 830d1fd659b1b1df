package dev.arrowshelf.store.table;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.SegmentFile;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;

/// The IPC messages of one partition in the order of a stream. Borrows the mapped bytes.
///
/// @param bytes the mapped partition; bodies are slices of it
/// @param messages the schema message, then dictionary and record batches
public record StoredMessages(MemorySegment bytes, List<LocatedMessage> messages) {
    /// Copies the list.
    public StoredMessages {
        messages = List.copyOf(messages);
    }

    /// Returns the messages of a partition of a mapped table; valid until its handle is closed.
    public static StoredMessages of(ShelfTable table, int partition) {
        if (table instanceof TableHandle mapped) {
            return mapped.messages(partition);
        }
        throw new IllegalArgumentException("table is not mapped: name=" + table.name());
    }

    /// Returns the messages of a partition for those who want to know how it is laid out: where it
    /// lies on disk it is not brought back for that, and not checked, so nothing of it may be
    /// believed before [#bytesOf] was called for it. Valid until the table's handle is closed.
    public static StoredMessages outlineOf(ShelfTable table, int partition) {
        if (table instanceof TableHandle mapped) {
            return mapped.outline(partition);
        }
        throw new IllegalArgumentException("table is not mapped: name=" + table.name());
    }

    /// Returns the mapped bytes of a partition without reading what they hold; valid until the
    /// table's handle is closed.
    public static MemorySegment bytesOf(ShelfTable table, int partition) {
        if (table instanceof TableHandle mapped) {
            return mapped.bytes(partition);
        }
        throw new IllegalArgumentException("table is not mapped: name=" + table.name());
    }

    static StoredMessages ofSegment(MemorySegment segment) {
        SegmentFile file = SegmentFile.read(segment);
        List<LocatedMessage> messages = new ArrayList<>();
        messages.add(new LocatedMessage(new IpcMessage(file.schema().metadata(), 0), 0));
        messages.addAll(file.dictionaries());
        messages.addAll(file.batches());
        return new StoredMessages(segment, messages);
    }

    static StoredMessages ofPayload(MemorySegment payload) {
        return new StoredMessages(payload, IpcScanner.scan(payload));
    }

    /// Returns the rows of all record batches.
    public long rows() {
        long rows = 0;
        for (LocatedMessage located : messages) {
            MemorySegment metadata = located.message().metadata();
            Message message =
                    Message.getRootAsMessage(
                            metadata.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
            if (message.headerType() == MessageHeader.RecordBatch) {
                rows += ((RecordBatch) message.header(new RecordBatch())).length();
            }
        }
        return rows;
    }

    /// Returns the body of a message where it lies.
    public MemorySegment body(LocatedMessage message) {
        return bytes.asSlice(message.bodyOffset(), message.message().bodyBytes());
    }
}
