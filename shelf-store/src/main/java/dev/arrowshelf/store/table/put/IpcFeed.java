package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.IpcStreamReader;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.PutOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.util.List;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.jspecify.annotations.Nullable;

/// Gives the messages of an IPC file or stream to a put, bodies going from where they are straight
/// to the shelf.
final class IpcFeed {
    private static final int MOST_MESSAGES = 4096;
    private static final long MOST_METADATA_BYTES = 8L << 20;

    private IpcFeed() {}

    /// Puts the messages of a mapped file; false, and nothing put, when a batch must be cut into
    /// partitions first.
    static boolean put(MemorySegment file, PutOptions options, PutRun run) {
        List<LocatedMessage> messages = IpcScanner.scan(file);
        for (LocatedMessage located : messages) {
            if (isTooLarge(located.message(), options)) {
                return false;
            }
        }
        MessageGroup group = new MessageGroup();
        long metadataBytes = 0;
        for (LocatedMessage located : messages) {
            IpcMessage message = located.message();
            MemorySegment body = file.asSlice(located.bodyOffset(), message.bodyBytes());
            group.add(message, body, isCompressed(message));
            metadataBytes += message.metadata().byteSize();
            if (group.messages().size() == MOST_MESSAGES || metadataBytes > MOST_METADATA_BYTES) {
                run.add(group);
                group = new MessageGroup();
                metadataBytes = 0;
            }
        }
        if (!group.isEmpty()) {
            run.add(group);
        }
        return true;
    }

    /// Maps a file for reading; the mapping ends with the arena.
    static MemorySegment map(FileChannel file, Arena arena) throws IOException {
        return file.map(FileChannel.MapMode.READ_ONLY, 0, file.size(), arena);
    }

    /// Puts the messages of a stream, one by one. Bodies are read into the mapped file of the
    /// table; only those of small tables and compressed ones are read elsewhere first.
    static void put(ReadableByteChannel stream, PutRun run) throws IOException {
        IpcStreamReader reader = new IpcStreamReader(stream);
        for (IpcMessage message = reader.next(); message != null; message = reader.next()) {
            boolean compressed = isCompressed(message);
            PutRun.@Nullable Destination destination = compressed ? null : run.destination(message);
            if (destination != null) {
                reader.readBody(destination.ranges(), 0, destination.file());
                continue;
            }
            try (Arena arena = Arena.ofShared()) {
                MemorySegment body = arena.allocate(message.bodyBytes(), Long.BYTES);
                reader.readBody(body);
                MessageGroup group = new MessageGroup();
                group.add(message, body, compressed);
                run.add(group);
            }
        }
    }

    private static boolean isTooLarge(IpcMessage message, PutOptions options) {
        Message header = header(message);
        if (header.headerType() != MessageHeader.RecordBatch) {
            return false;
        }
        RecordBatch batch = (RecordBatch) header.header(new RecordBatch());
        return exceeds(batch.length(), options.partitionRows())
                || exceeds(message.bodyBytes(), options.partitionBytes());
    }

    private static boolean exceeds(long number, long limit) {
        return limit > 0 && number > limit;
    }

    /// Returns whether the buffers of a message's body are compressed.
    static boolean isCompressed(IpcMessage message) {
        Message header = header(message);
        return switch (header.headerType()) {
            case MessageHeader.RecordBatch ->
                    ((RecordBatch) header.header(new RecordBatch())).compression() != null;
            case MessageHeader.DictionaryBatch -> {
                DictionaryBatch values = (DictionaryBatch) header.header(new DictionaryBatch());
                yield values.data() != null && values.data().compression() != null;
            }
            default -> false;
        };
    }

    private static Message header(IpcMessage message) {
        return Message.getRootAsMessage(
                message.metadata().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN));
    }
}
