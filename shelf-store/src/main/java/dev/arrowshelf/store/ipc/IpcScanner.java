package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.MessageFrame;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.MessageHead;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Finds the messages of an Arrow IPC stream or file in memory. What lies there may be hostile:
/// everything handed out was found to lie inside, the messages themselves are checked by whoever
/// uses them.
public final class IpcScanner {
    private IpcScanner() {}

    /// Returns the messages in order, the schema message first. A file is told by its magic; its
    /// dictionaries come before its record batches. The messages' metadata are slices of the
    /// memory.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when the bytes are cut off or
    ///   damaged, UNSUPPORTED_IPC for versions before V4 and tensors
    public static List<LocatedMessage> scan(MemorySegment bytes) {
        return SegmentFile.isFile(bytes) ? file(bytes) : stream(bytes);
    }

    private static List<LocatedMessage> file(MemorySegment bytes) {
        SegmentFile file = SegmentFile.read(bytes);
        List<LocatedMessage> messages = new ArrayList<>();
        long none = SegmentLayout.MAGIC_BYTES;
        messages.add(new LocatedMessage(new IpcMessage(file.schema().metadata(), 0), none));
        messages.addAll(file.dictionaries());
        messages.addAll(file.batches());
        return messages;
    }

    private static List<LocatedMessage> stream(MemorySegment bytes) {
        List<LocatedMessage> messages = new ArrayList<>();
        long at = 0;
        while (at < bytes.byteSize()) {
            MessageFrame frame = MessageFrame.read(bytes, at);
            if (frame == null) {
                break;
            }
            MetadataBytes metadata = MetadataBytes.copyOf(frame.metadata(bytes), messages.size());
            long bodyBytes = MessageHead.parse(metadata).bodyBytes();
            long body = frame.metadataOffset() + frame.metadataBytes();
            if (bodyBytes > bytes.byteSize() - body) {
                throw metadata.invalid(
                        "body lies outside the stream: offset="
                                + body
                                + ", bodyBytes="
                                + bodyBytes
                                + ", bytes="
                                + bytes.byteSize());
            }
            messages.add(
                    new LocatedMessage(new IpcMessage(frame.metadata(bytes), bodyBytes), body));
            at = body + bodyBytes;
        }
        if (messages.isEmpty()) {
            throw IpcFault.invalid("stream has no schema message: bytes=" + bytes.byteSize());
        }
        return messages;
    }
}
