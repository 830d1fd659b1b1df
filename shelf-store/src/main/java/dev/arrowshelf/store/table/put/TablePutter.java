package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.ParallelCopy;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.PutPort;
import dev.arrowshelf.store.table.PutPort.OpenPlace;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.VectorSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Puts any source through a port.
///
/// Thread-safe. Owns the copying threads until [#close()]; the port is the caller's.
public final class TablePutter implements AutoCloseable {
    private static final long LEAST_CAPACITY_BYTES = 4L << 20;

    private final PutPort port;
    private final ParallelCopy copy = ParallelCopy.open();
    private final BufferAllocator allocator = new RootAllocator();

    /// Puts go through this port.
    public TablePutter(PutPort port) {
        this.port = port;
    }

    /// Puts a table and returns its facts once every process can see it.
    public TableInfo put(String name, VectorSource source, PutOptions options) {
        byte[] key = TableName.toKey(name);
        try {
            if (options.encodeText()) {
                return putEncoded(key, source, options);
            }
            return switch (source) {
                case VectorSource.OfRoot(VectorSchemaRoot root, DictionaryProvider dictionaries) ->
                        putRoot(key, root, dictionaries, options);
                case VectorSource.OfReader(ArrowReader reader) -> putReader(key, reader, options);
                case VectorSource.OfFile(Path file) -> putFile(key, file, options);
                case VectorSource.OfChannel(ReadableByteChannel channel) ->
                        putChannel(key, channel, options);
            };
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "source cannot be read: name=" + name + ", cause=" + failure.getMessage(),
                    failure);
        }
    }

    /// Begins a table whose messages come one by one.
    public IncomingTable incoming(String name, PutOptions options) {
        PutRun run = run(TableName.toKey(name), options);
        return new IncomingTable(run, new IpcFeed(run, options, allocator));
    }

    /// Begins a table of one record batch whose vectors lie where the table will be, where that is
    /// possible.
    ///
    /// @param capacityBytes room made at once; 0 leaves it to this method
    public TableBuilder builder(String name, Schema schema, long capacityBytes) {
        byte[] key = TableName.toKey(name);
        if (schema.getFields().stream().anyMatch(TablePutter::hasDictionary)) {
            return new CopyingBuilder(schema, source -> put(name, source, PutOptions.DEFAULT));
        }
        long capacity = Math.max(capacityBytes, LEAST_CAPACITY_BYTES);
        OpenPlace place = port.beginPlace(key, capacity, PutOptions.DEFAULT);
        try {
            return new InPlaceBuilder(
                    name, place, schema, port.smallTableLimit(), group -> putGroup(key, group));
        } catch (IOException failure) {
            place.close();
            throw PlanCopier.failed(failure);
        } catch (Throwable failure) {
            place.close();
            throw failure;
        }
    }

    private TableInfo putGroup(byte[] key, MessageGroup group) {
        try (PutRun run = run(key, PutOptions.DEFAULT)) {
            run.add(group);
            return run.finish();
        }
    }

    private static boolean hasDictionary(Field field) {
        return field.getDictionary() != null
                || field.getChildren().stream().anyMatch(TablePutter::hasDictionary);
    }

    /// Stops the copying threads. Idempotent.
    @Override
    public void close() {
        copy.close();
        allocator.close();
    }

    private TableInfo putEncoded(byte[] key, VectorSource source, PutOptions options)
            throws IOException {
        try (OpenedSource opened = new OpenedSource(source, true, allocator)) {
            return putBatches(key, opened, options);
        }
    }

    private TableInfo putRoot(
            byte[] key,
            VectorSchemaRoot root,
            DictionaryProvider dictionaries,
            PutOptions options) {
        try (VectorMessages messages =
                        new VectorMessages(root, dictionaries, options, false, allocator);
                PutRun run = run(key, options)) {
            MessageGroup group = new MessageGroup();
            messages.schema(group);
            messages.rows(group);
            run.add(group);
            return run.finish();
        }
    }

    private TableInfo putReader(byte[] key, ArrowReader reader, PutOptions options)
            throws IOException {
        try (OpenedSource opened = new OpenedSource(VectorSource.of(reader), false, allocator)) {
            return putBatches(key, opened, options);
        }
    }

    private TableInfo putBatches(byte[] key, OpenedSource source, PutOptions options)
            throws IOException {
        try (VectorMessages messages =
                        new VectorMessages(
                                source.root(), source.dictionaries(), options, true, allocator);
                PutRun run = run(key, options)) {
            MessageGroup group = new MessageGroup();
            messages.schema(group);
            boolean more = source.next();
            while (more) {
                messages.rows(group);
                run.add(group);
                messages.release();
                group = new MessageGroup();
                more = source.next();
            }
            if (!group.isEmpty()) {
                run.add(group);
            }
            return run.finish();
        }
    }

    private TableInfo putFile(byte[] key, Path file, PutOptions options) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (!Files.isRegularFile(file)) {
                return putChannel(key, channel, options);
            }
            try (Arena arena = Arena.ofShared();
                    PutRun run = run(key, options)) {
                MemorySegment bytes =
                        channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
                new IpcFeed(run, options, allocator).put(bytes);
                return run.finish();
            }
        }
    }

    private TableInfo putChannel(byte[] key, ReadableByteChannel channel, PutOptions options)
            throws IOException {
        try (PutRun run = run(key, options)) {
            new IpcFeed(run, options, allocator).put(FormatPeek.asStream(channel));
            return run.finish();
        }
    }

    private PutRun run(byte[] key, PutOptions options) {
        return new PutRun(port, copy, key, options);
    }
}
