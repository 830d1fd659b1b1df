package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.IpcStreamReader;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.batch.BatchCutter;
import dev.arrowshelf.store.table.batch.MessageSchema;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.jspecify.annotations.Nullable;

/// Gives the messages of one IPC file or stream to a put, bodies going from where they are straight
/// to the shelf. Only those of small tables, of compressed batches, and of batches that are larger
/// than a partition may be and have to be cut, go another way.
///
/// One thread, one table. Owns nothing.
final class IpcFeed {
    private static final int MOST_MESSAGES = 4096;
    private static final long MOST_METADATA_BYTES = 8L << 20;

    private final PutRun run;
    private final PutOptions options;
    private final BufferAllocator allocator;
    private @Nullable SchemaMetadata schema;
    private @Nullable BatchCutter cutter;
    private MessageGroup group = new MessageGroup();
    private long metadataBytes;
    private int messages;

    IpcFeed(PutRun run, PutOptions options, BufferAllocator allocator) {
        this.run = run;
        this.options = options;
        this.allocator = allocator;
    }

    /// Puts the messages of a file or stream that lies in memory.
    void put(MemorySegment bytes) {
        for (LocatedMessage located : IpcScanner.scan(bytes)) {
            IpcMessage message = located.message();
            collect(message, bytes.asSlice(located.bodyOffset(), message.bodyBytes()));
        }
        flush();
    }

    /// Puts the messages of a stream, one by one.
    void put(ReadableByteChannel stream) throws IOException {
        IpcStreamReader reader = new IpcStreamReader(stream);
        for (IpcMessage message = reader.next(); message != null; message = reader.next()) {
            PutRun.@Nullable Destination destination = begin(message);
            if (destination != null) {
                reader.readBody(destination.ranges(), 0, destination.file());
                continue;
            }
            try (Arena arena = Arena.ofShared()) {
                MemorySegment body = arena.allocate(message.bodyBytes(), Long.BYTES);
                reader.readBody(body);
                add(message, body);
            }
        }
    }

    /// Adds a message and returns where its body is to be written.
    ///
    /// @return null, and nothing added, when message and body have to be given to [#add]: the table
    ///   may stay small, the body is compressed, or the batch has to be cut
    PutRun.@Nullable Destination begin(IpcMessage message) {
        SchemaMetadata known = schema;
        if (known == null) {
            return null;
        }
        BatchMetadata batch = head(message, known);
        return batch.codec() != null || isTooLarge(batch) ? null : run.destination(message);
    }

    /// Adds a message and its body, which is not needed any more when this returns.
    void add(IpcMessage message, MemorySegment body) {
        collect(message, body);
        flush();
    }

    private void collect(IpcMessage message, MemorySegment body) {
        SchemaMetadata known = schema;
        if (known == null) {
            takeSchema(message);
            append(message, body, false);
        } else {
            BatchMetadata batch = head(message, known);
            if (isTooLarge(batch)) {
                flush();
                cut(batch, body, known);
            } else {
                append(message, body, batch.codec() != null);
            }
        }
        messages++;
    }

    private void takeSchema(IpcMessage message) {
        schema = SchemaMetadata.parse(message.metadata());
        if (PieceLimits.any(options)) {
            Message flatbuffer = Message.getRootAsMessage(flatbuffer(message));
            cutter = BatchCutter.compact(allocator, MessageSchema.of(flatbuffer));
        }
    }

    private BatchMetadata head(IpcMessage message, SchemaMetadata known) {
        return BatchMetadata.parse(MetadataBytes.copyOf(message.metadata(), messages), known);
    }

    private static ByteBuffer flatbuffer(IpcMessage message) {
        return message.metadata().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    private void append(IpcMessage message, MemorySegment body, boolean compressed) {
        group.add(message, body, compressed);
        metadataBytes += message.metadata().byteSize();
        if (group.messages().size() == MOST_MESSAGES || metadataBytes > MOST_METADATA_BYTES) {
            flush();
        }
    }

    private void flush() {
        if (!group.isEmpty()) {
            run.add(group);
            group = new MessageGroup();
            metadataBytes = 0;
        }
    }

    private boolean isTooLarge(BatchMetadata batch) {
        return !batch.isDictionary()
                && batch.rows() > PieceLimits.mostRows(options, batch.rows(), batch.bodyBytes());
    }

    /// Cuts a batch and puts the pieces.
    private void cut(BatchMetadata batch, MemorySegment body, SchemaMetadata known) {
        BatchCutter cutting = Objects.requireNonNull(cutter, "batches are cut at a limit only");
        List<ArrowRecordBatch> pieces = new ArrayList<>();
        try (Arena arena = Arena.ofConfined();
                IpcBatch source = new IpcBatch(batch, inNative(body, arena), known, allocator)) {
            long most = PieceLimits.mostRows(options, batch.rows(), source.bytes());
            MessageGroup cut = new MessageGroup();
            for (long from = 0; from < batch.rows(); from += most) {
                long rows = Math.min(most, batch.rows() - from);
                ArrowRecordBatch piece = cutting.cut(source, from, rows);
                pieces.add(piece);
                VectorMessages.add(cut, piece, piece);
            }
            run.add(cut);
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | ArithmeticException damaged) {
            throw IpcFault.invalid("record batch cannot be cut: cause=" + damaged.getMessage());
        } finally {
            pieces.forEach(ArrowRecordBatch::close);
        }
    }

    private static MemorySegment inNative(MemorySegment body, Arena arena) {
        return body.isNative() ? body : arena.allocate(body.byteSize(), Long.BYTES).copyFrom(body);
    }
}
