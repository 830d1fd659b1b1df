package dev.arrowshelf.redis.file;

import dev.arrowshelf.redis.ipc.PartitionColumn;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compare.Range;
import org.apache.arrow.vector.compare.RangeEqualsVisitor;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Schema;

/// Compares two Arrow files of the same schema and number of rows by their values, whatever batches
/// they come in.
final class ValueComparison {
    private static final int MAGIC_BYTES = 6;

    private final Path first;
    private final Path second;

    ValueComparison(Path first, Path second) {
        this.first = first;
        this.second = second;
    }

    static Schema schema(SchemaMetadata schema) {
        return PartitionColumn.schemaOf(schema);
    }

    /// Returns the first column and row that differ.
    Optional<String> difference() throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                Cursor one = new Cursor(first, allocator);
                Cursor other = new Cursor(second, allocator)) {
            long row = 0;
            while (one.hasRows() && other.hasRows()) {
                int rows = Math.min(one.left(), other.left());
                Optional<String> found = compare(one, other, rows, row);
                if (found.isPresent()) {
                    return found;
                }
                one.skip(rows);
                other.skip(rows);
                row += rows;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> compare(Cursor one, Cursor other, int rows, long row) {
        int columns = one.root.getFieldVectors().size();
        for (int column = 0; column < columns; column++) {
            try (Column left = one.column(column);
                    Column right = other.column(column)) {
                RangeEqualsVisitor visitor =
                        new RangeEqualsVisitor(left.values, right.values, (_, _) -> true);
                if (!visitor.rangeEquals(new Range(one.at, other.at, rows))) {
                    return Optional.of(
                            "values differ: column="
                                    + one.root.getVector(column).getName()
                                    + ", row="
                                    + (row + firstDifference(visitor, one.at, other.at, rows)));
                }
            }
        }
        return Optional.empty();
    }

    /// Halves the range until one row is left.
    private static int firstDifference(RangeEqualsVisitor visitor, int left, int right, int rows) {
        int from = 0;
        int to = rows;
        while (to - from > 1) {
            int middle = (from + to) >>> 1;
            if (visitor.rangeEquals(new Range(left + from, right + from, middle - from))) {
                from = middle;
            } else {
                to = middle;
            }
        }
        return from;
    }

    /// A column's values, decoded where they were dictionary-encoded; owns only what it decoded.
    private record Column(ValueVector values, boolean own) implements AutoCloseable {
        @Override
        public void close() {
            if (own) {
                values.close();
            }
        }
    }

    /// A place in a file. Owns the reader.
    private static final class Cursor implements AutoCloseable {
        private final FileChannel channel;
        private final ArrowReader reader;
        private final VectorSchemaRoot root;
        private int at;
        private boolean started;

        Cursor(Path path, BufferAllocator allocator) throws IOException {
            channel = FileChannel.open(path, StandardOpenOption.READ);
            ByteBuffer magic = ByteBuffer.allocate(MAGIC_BYTES);
            channel.read(magic, 0);
            boolean file = new String(magic.array(), StandardCharsets.US_ASCII).equals("ARROW1");
            reader =
                    file
                            ? new ArrowFileReader(
                                    channel, allocator, CommonsCompressionFactory.INSTANCE)
                            : new ArrowStreamReader(
                                    channel, allocator, CommonsCompressionFactory.INSTANCE);
            root = reader.getVectorSchemaRoot();
        }

        boolean hasRows() throws IOException {
            while (!started || at == root.getRowCount()) {
                started = true;
                at = 0;
                if (!reader.loadNextBatch()) {
                    return false;
                }
            }
            return true;
        }

        int left() {
            return root.getRowCount() - at;
        }

        void skip(int rows) {
            at += rows;
        }

        Column column(int index) {
            FieldVector vector = root.getVector(index);
            if (vector.getField().getDictionary() == null) {
                return new Column(vector, false);
            }
            Dictionary dictionary =
                    Objects.requireNonNull(
                            reader.lookup(vector.getField().getDictionary().getId()));
            return new Column(DictionaryEncoder.decode(vector, dictionary), true);
        }

        @Override
        public void close() throws IOException {
            reader.close();
            channel.close();
        }
    }
}
