package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.metadata.FooterMetadata;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/// Writes an Arrow IPC file from finished messages. The file has its name only when it is whole:
/// until [#finish] it lies beside it under another one, and [#close] removes that.
///
/// For one thread at a time, but for [#write], which any number of threads may call.
public final class IpcFileWriter implements AutoCloseable {
    private static final byte[] BEGIN = {'A', 'R', 'R', 'O', 'W', '1', 0, 0};
    private static final byte[] MAGIC = {'A', 'R', 'R', 'O', 'W', '1'};
    private static final int WORDS = 3;

    private final Path path;
    private final Path unfinished;
    private final FileChannel channel;
    private final SchemaMetadata schema;
    private long position;
    private long[] dictionaries = new long[0];
    private long[] batches = new long[WORDS * 64];
    private int batchCount;

    /// Begins a file with its schema message.
    public IpcFileWriter(Path path, SchemaMetadata schema) throws IOException {
        this.path = path;
        this.schema = schema;
        this.unfinished = unfinished(path);
        this.channel =
                FileChannel.open(
                        unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        append(ChunkBytes.of(List.of(MemorySegment.ofArray(BEGIN), schemaMessage(schema))));
    }

    /// Returns a name beside a path that nothing has.
    static Path unfinished(Path path) {
        Path name = path.toAbsolutePath();
        if (Files.isDirectory(name)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "output is a directory: path=" + path);
        }
        return name.resolveSibling(
                "." + name.getFileName() + "." + UUID.randomUUID().toString().substring(0, 8));
    }

    /// Returns the schema message, framed.
    public static MemorySegment schemaMessage(SchemaMetadata schema) {
        return MessageBytes.head(MemorySegment.ofArray(schema.bytes().array()));
    }

    /// Adds a dictionary batch: framed head, then the body. All come before the first record batch.
    public void dictionary(ChunkBytes message) throws IOException {
        long begin = append(message);
        int at = dictionaries.length;
        dictionaries = Arrays.copyOf(dictionaries, at + WORDS);
        block(dictionaries, at, begin, message);
    }

    /// Adds a record batch: framed head, then the body.
    public void batch(ChunkBytes message) throws IOException {
        List<ChunkBytes> one = List.of(message);
        write(claim(one), one);
    }

    /// Adds record batches that are yet to be written, and returns where.
    public long claim(List<ChunkBytes> messages) {
        long begin = position;
        for (ChunkBytes message : messages) {
            int at = WORDS * batchCount++;
            if (at == batches.length) {
                batches = Arrays.copyOf(batches, 2 * at);
            }
            block(batches, at, position, message);
            position += message.bytes();
        }
        return begin;
    }

    /// Writes record batches to the place that was claimed for them.
    public void write(long place, List<ChunkBytes> messages) throws IOException {
        long at = place;
        for (ChunkBytes message : messages) {
            for (MemorySegment piece : message.pieces()) {
                ByteBuffer bytes = piece.asByteBuffer();
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            }
        }
    }

    /// The first piece is the head, as [Transcoder] and [SourceFile] give it.
    private static void block(long[] blocks, int at, long begin, ChunkBytes message) {
        long head = message.pieces().getFirst().byteSize();
        blocks[at] = begin;
        blocks[at + 1] = head;
        blocks[at + 2] = message.bytes() - head;
    }

    /// Writes the footer and gives the file its name; returns its length.
    public long finish() throws IOException {
        byte[] footer =
                FooterMetadata.write(
                        schema, dictionaries, Arrays.copyOf(batches, WORDS * batchCount));
        ByteBuffer tail =
                ByteBuffer.allocate(footer.length + Integer.BYTES + MAGIC.length)
                        .order(ByteOrder.LITTLE_ENDIAN);
        tail.put(footer).putInt(footer.length).put(MAGIC).flip();
        append(ChunkBytes.of(List.of(MessageBytes.end(), MemorySegment.ofBuffer(tail))));
        channel.close();
        Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        return position;
    }

    /// Returns how long the file is, as far as it was claimed.
    public long position() {
        return position;
    }

    private long append(ChunkBytes bytes) throws IOException {
        long begin = position;
        write(begin, List.of(bytes));
        position += bytes.bytes();
        return begin;
    }

    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(unfinished);
    }
}
