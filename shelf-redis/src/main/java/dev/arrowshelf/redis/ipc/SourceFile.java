package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// An Arrow IPC file or stream, mapped: its schema, its dictionaries, its record batches. Reading
/// the head of each message is all that opening does.
///
/// Thread-safe. Owns the mapping until [#close]; messages and bodies are slices of it.
public final class SourceFile implements AutoCloseable {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final long TAIL_BYTES = 1 << 20;

    private final Path path;
    private final Arena arena;
    private final MemorySegment bytes;
    private final SchemaMetadata schema;
    private final List<LocatedMessage> dictionaries = new ArrayList<>();
    private final List<LocatedMessage> batches = new ArrayList<>();

    private SourceFile(Path path, Arena arena, MemorySegment bytes) {
        this.path = path;
        this.arena = arena;
        this.bytes = bytes;
        List<LocatedMessage> messages = IpcScanner.scan(bytes);
        this.schema = SchemaMetadata.parse(messages.getFirst().message().metadata());
        sort(messages.subList(1, messages.size()));
    }

    /// Maps a file.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when it is damaged,
    ///   UNSUPPORTED_IPC when it replaces a dictionary
    public static SourceFile open(Path path) throws IOException {
        Arena arena = Arena.ofShared();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new SourceFile(path, arena, bytes);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    private void sort(List<LocatedMessage> messages) {
        Set<Integer> known = new HashSet<>();
        for (int i = 0; i < messages.size(); i++) {
            BatchMetadata batch = metadata(messages.get(i), i + 1);
            if (!batch.isDictionary()) {
                batches.add(messages.get(i));
                continue;
            }
            if (!known.add(batch.dictionary()) && !batch.isDelta()) {
                throw IpcFault.unsupported(
                        "stream replaces a dictionary, so its batches cannot share a head: path="
                                + path
                                + ", message="
                                + (i + 1));
            }
            dictionaries.add(messages.get(i));
        }
    }

    /// Returns where it lies.
    public Path path() {
        return path;
    }

    /// Returns its length.
    public long bytes() {
        return bytes.byteSize();
    }

    /// Returns its last bytes, the footer's among them.
    public MemorySegment tail() {
        long length = Math.min(TAIL_BYTES, bytes.byteSize());
        return bytes.asSlice(bytes.byteSize() - length, length);
    }

    /// Returns the schema.
    public SchemaMetadata schema() {
        return schema;
    }

    /// Returns the dictionary batches, in order.
    public List<LocatedMessage> dictionaries() {
        return dictionaries;
    }

    /// Returns the record batches, in order.
    public List<LocatedMessage> batches() {
        return batches;
    }

    /// Returns the checked metadata of a batch.
    ///
    /// @param number of the message, for errors
    public BatchMetadata metadata(LocatedMessage message, int number) {
        return BatchMetadata.parse(
                MetadataBytes.copyOf(message.message().metadata(), number), schema);
    }

    /// Returns the body of a message.
    public MemorySegment body(LocatedMessage message) {
        return bytes.asSlice(message.bodyOffset(), message.message().bodyBytes());
    }

    /// Returns a message framed as a stream has it, without copying it where it lies so already.
    /// The first piece is the head.
    public ChunkBytes framed(LocatedMessage located) {
        IpcMessage message = located.message();
        long metadataBytes = message.metadata().byteSize();
        long begin = located.bodyOffset() - metadataBytes - MessageBytes.PREFIX_BYTES;
        List<MemorySegment> pieces = new ArrayList<>();
        boolean asItLies =
                begin >= 0
                        && MessageBytes.aligned(metadataBytes) == metadataBytes
                        && bytes.get(INT, begin) == -1
                        && bytes.get(INT, begin + Integer.BYTES) == metadataBytes;
        pieces.add(
                asItLies
                        ? bytes.asSlice(begin, MessageBytes.PREFIX_BYTES + metadataBytes)
                        : MessageBytes.head(message.metadata()));
        MemorySegment body = body(located);
        pieces.add(body);
        if (MessageBytes.aligned(body.byteSize()) != body.byteSize()) {
            // The head says the length without the padding, so the next message follows at once in
            // a
            // stream: only a reader that pads by itself would miss it.
            throw IpcFault.unsupported(
                    "body is not padded to 8 bytes: path=" + path + ", bytes=" + body.byteSize());
        }
        return ChunkBytes.of(pieces);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
