package dev.arrowshelf.redis;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;

/// Arrow files as text, read by Arrow's own library: the plain twin of what is tested.
final class ArrowLines {
    private ArrowLines() {}

    /// Returns each row as text.
    ///
    /// @param columns which; none: all
    static List<String> of(Path file, String... columns) throws IOException {
        List<String> lines = new ArrayList<>();
        try (BufferAllocator allocator = new RootAllocator();
                FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                ArrowFileReader reader =
                        new ArrowFileReader(
                                channel, allocator, CommonsCompressionFactory.INSTANCE)) {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                int begin = lines.size();
                for (int row = 0; row < root.getRowCount(); row++) {
                    lines.add("");
                }
                for (FieldVector vector : vectors(root, columns)) {
                    append(lines, begin, vector, reader);
                }
            }
        }
        return lines;
    }

    private static List<FieldVector> vectors(VectorSchemaRoot root, String... columns) {
        return columns.length == 0
                ? root.getFieldVectors()
                : Arrays.stream(columns).map(root::getVector).toList();
    }

    private static void append(
            List<String> lines, int begin, FieldVector vector, ArrowFileReader reader) {
        if (vector.getField().getDictionary() == null) {
            for (int row = 0; row < vector.getValueCount(); row++) {
                lines.set(begin + row, lines.get(begin + row) + "|" + vector.getObject(row));
            }
            return;
        }
        long id = vector.getField().getDictionary().getId();
        try (var decoded =
                DictionaryEncoder.decode(vector, Objects.requireNonNull(reader.lookup(id)))) {
            for (int row = 0; row < vector.getValueCount(); row++) {
                lines.set(begin + row, lines.get(begin + row) + "|" + decoded.getObject(row));
            }
        }
    }

    /// Writes a file of the same schema without any batch.
    static void withoutBatches(Path from, Path to) throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                FileChannel source = FileChannel.open(from, StandardOpenOption.READ);
                ArrowFileReader reader = new ArrowFileReader(source, allocator);
                FileChannel target =
                        FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                ArrowFileWriter writer =
                        new ArrowFileWriter(
                                reader.getVectorSchemaRoot(),
                                new DictionaryProvider.MapDictionaryProvider(),
                                target)) {
            writer.start();
            writer.end();
        }
    }
}
