package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.IpcFileWriter;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Schema and dictionaries of a data set as they were read.
///
/// @param schema checked
/// @param dictionaries framed, in order; the first piece of each is its head
record StreamHead(SchemaMetadata schema, List<ChunkBytes> dictionaries) {
    StreamHead {
        dictionaries = List.copyOf(dictionaries);
    }

    /// Messages of a value: those of the head, and the record batches.
    ///
    /// @param head schema and dictionaries; of a chunk of our layout that of the data set
    /// @param batches where they lie in the value
    record Parsed(StreamHead head, List<LocatedMessage> batches) {}

    /// Takes a stream apart.
    ///
    /// @param bytes must live as long as what is returned
    static Parsed parse(MemorySegment bytes) {
        List<LocatedMessage> messages = IpcScanner.scan(bytes);
        SchemaMetadata schema = SchemaMetadata.parse(messages.getFirst().message().metadata());
        List<ChunkBytes> dictionaries = new ArrayList<>();
        List<LocatedMessage> batches = new ArrayList<>();
        for (LocatedMessage message : messages.subList(1, messages.size())) {
            BatchMetadata metadata = metadata(message.message(), schema);
            if (metadata.isDictionary()) {
                if (!batches.isEmpty()) {
                    throw new ShelfException(
                            ErrorCode.UNSUPPORTED_IPC,
                            "value has a dictionary behind a record batch: bytes="
                                    + bytes.byteSize());
                }
                dictionaries.add(Frames.of(message, bytes));
            } else {
                batches.add(message);
            }
        }
        return new Parsed(new StreamHead(schema, dictionaries), batches);
    }

    static BatchMetadata metadata(IpcMessage message, SchemaMetadata schema) {
        return BatchMetadata.parse(MetadataBytes.copyOf(message.metadata(), 1), schema);
    }

    /// Returns the whole head, framed.
    ChunkBytes message() {
        List<MemorySegment> pieces = new ArrayList<>();
        pieces.add(IpcFileWriter.schemaMessage(schema));
        dictionaries.forEach(it -> pieces.addAll(it.pieces()));
        return ChunkBytes.of(pieces);
    }

    /// Returns a copy whose memory is its own.
    StreamHead copy() {
        return new StreamHead(
                schema,
                dictionaries.stream()
                        .map(it -> ChunkBytes.of(it.pieces().stream().map(Frames::copy).toList()))
                        .toList());
    }

    /// Returns whether both are the same, byte for byte.
    boolean sameAs(StreamHead other) {
        ChunkBytes mine = message();
        ChunkBytes its = other.message();
        return mine.bytes() == its.bytes()
                && mine.pieces().size() == its.pieces().size()
                && Frames.same(mine, its);
    }
}
