package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.redis.layout.PartitionRule;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/// Sorts the rows of a batch that belongs to several partitions into one batch for each. The only
/// place where rows are looked at one by one; batches of one partition never come here.
public final class RowSplitter {
    private final SourceFile source;
    private final SchemaMetadata schema;

    /// Splits batches of a file.
    public RowSplitter(SourceFile source) {
        this.source = source;
        this.schema = source.schema();
    }

    /// A batch of one partition's rows, not compressed.
    ///
    /// @param message metadata and body
    /// @param body on the heap
    /// @param rows how many
    public record Piece(
            dev.arrowshelf.store.ipc.IpcMessage message, MemorySegment body, long rows) {}

    /// Returns the pieces by partition; rows keep their order.
    ///
    /// @param values the partition column's values
    public SortedMap<Long, Piece> split(LocatedMessage batch, long[] values, PartitionRule rule)
            throws IOException {
        SortedMap<Long, List<Integer>> rows = new TreeMap<>();
        for (int row = 0; row < values.length; row++) {
            rows.computeIfAbsent(rule.partOf(values[row]), _ -> new ArrayList<>()).add(row);
        }
        SortedMap<Long, Piece> pieces = new TreeMap<>();
        try (BufferAllocator allocator = new RootAllocator();
                ArrowStreamReader reader =
                        new ArrowStreamReader(
                                Channels.newChannel(new ByteArrayInputStream(stream(batch))),
                                allocator,
                                CommonsCompressionFactory.INSTANCE)) {
            reader.loadNextBatch();
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            for (var part : rows.entrySet()) {
                pieces.put(part.getKey(), piece(root, reader, part.getValue(), allocator));
            }
        }
        return pieces;
    }

    private static Piece piece(
            VectorSchemaRoot root,
            ArrowStreamReader dictionaries,
            List<Integer> rows,
            BufferAllocator allocator)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot chosen = VectorSchemaRoot.create(root.getSchema(), allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(chosen, dictionaries, bytes)) {
            for (int column = 0; column < root.getFieldVectors().size(); column++) {
                FieldVector to = chosen.getVector(column);
                FieldVector from = root.getVector(column);
                to.allocateNew();
                for (int row = 0; row < rows.size(); row++) {
                    to.copyFromSafe(rows.get(row), row, from);
                }
                to.setValueCount(rows.size());
            }
            chosen.setRowCount(rows.size());
            writer.start();
            writer.writeBatch();
            writer.end();
        }
        MemorySegment stream = MemorySegment.ofArray(bytes.toByteArray());
        LocatedMessage last = IpcScanner.scan(stream).getLast();
        MemorySegment body = stream.asSlice(last.bodyOffset(), last.message().bodyBytes());
        return new Piece(last.message(), body, rows.size());
    }

    /// The batch as a stream of its own.
    private byte[] stream(LocatedMessage batch) {
        List<MemorySegment> pieces = new ArrayList<>();
        pieces.add(IpcFileWriter.schemaMessage(schema));
        for (LocatedMessage dictionary : source.dictionaries()) {
            pieces.addAll(source.framed(dictionary).pieces());
        }
        pieces.addAll(source.framed(batch).pieces());
        pieces.add(MessageBytes.end());
        ChunkBytes all = ChunkBytes.of(pieces);
        byte[] stream = new byte[Math.toIntExact(all.bytes())];
        int at = 0;
        for (MemorySegment piece : pieces) {
            int length = (int) piece.byteSize();
            MemorySegment.copy(piece, ValueLayout.JAVA_BYTE, 0, stream, at, length);
            at += length;
        }
        return stream;
    }
}
