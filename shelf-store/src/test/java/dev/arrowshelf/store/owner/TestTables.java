package dev.arrowshelf.store.owner;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// Makes tables as IPC streams out of seeds, and turns what is read back into lines of text to
/// compare.
final class TestTables {
    private static final DictionaryEncoding ENCODING =
            new DictionaryEncoding(7, false, new ArrowType.Int(32, true));

    private TestTables() {}

    /// A stream with numbers, text, booleans and a dictionary column; `batches` batches of `rows`
    /// rows.
    static byte[] stream(long seed, int batches, int rows) {
        Random random = new Random(seed);
        try (BufferAllocator allocator = new RootAllocator();
                VarCharVector words = words(allocator, random)) {
            DictionaryProvider provider =
                    new DictionaryProvider.MapDictionaryProvider(new Dictionary(words, ENCODING));
            Schema schema =
                    new Schema(
                            List.of(
                                    Field.nullable("id", new ArrowType.Int(64, true)),
                                    Field.nullable(
                                            "x",
                                            new ArrowType.FloatingPoint(
                                                    FloatingPointPrecision.DOUBLE)),
                                    Field.nullable("text", ArrowType.Utf8.INSTANCE),
                                    Field.nullable("flag", ArrowType.Bool.INSTANCE),
                                    new Field(
                                            "word",
                                            new FieldType(
                                                    true, new ArrowType.Int(32, true), ENCODING),
                                            null)),
                            Map.of("seed", Long.toString(seed)));
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
                    ArrowStreamWriter writer = new ArrowStreamWriter(root, provider, out)) {
                writer.start();
                for (int batch = 0; batch < batches; batch++) {
                    root.allocateNew();
                    fill(root, random, rows, words.getValueCount());
                    writer.writeBatch();
                }
                writer.end();
            }
            return out.toByteArray();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static VarCharVector words(BufferAllocator allocator, Random random) {
        VarCharVector words =
                new VarCharVector("words", FieldType.nullable(ArrowType.Utf8.INSTANCE), allocator);
        int count = 1 + random.nextInt(20);
        words.allocateNew();
        for (int i = 0; i < count; i++) {
            words.setSafe(
                    i, ("word-" + random.nextInt(1_000_000)).getBytes(StandardCharsets.UTF_8));
        }
        words.setValueCount(count);
        return words;
    }

    private static void fill(VectorSchemaRoot root, Random random, int rows, int words) {
        for (int row = 0; row < rows; row++) {
            ((BigIntVector) root.getVector(0)).setSafe(row, random.nextLong());
            if (random.nextInt(10) > 0) {
                ((Float8Vector) root.getVector(1)).setSafe(row, random.nextDouble());
            } else {
                ((Float8Vector) root.getVector(1)).setNull(row);
            }
            byte[] text = "t".repeat(random.nextInt(20)).getBytes(StandardCharsets.UTF_8);
            ((VarCharVector) root.getVector(2)).setSafe(row, text);
            ((BitVector) root.getVector(3)).setSafe(row, random.nextInt(2));
            ((IntVector) root.getVector(4)).setSafe(row, random.nextInt(words));
        }
        root.setRowCount(rows);
    }

    /// One line for each row of everything that a reader gives.
    static List<String> lines(ArrowReader reader) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(reader.getVectorSchemaRoot().getSchema().getCustomMetadata().toString());
        while (reader.loadNextBatch()) {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            for (int row = 0; row < root.getRowCount(); row++) {
                StringBuilder line = new StringBuilder();
                for (FieldVector column : root.getFieldVectors()) {
                    line.append(value(column, row, reader)).append('\t');
                }
                lines.add(line.toString());
            }
        }
        return lines;
    }

    private static Object value(FieldVector column, int row, ArrowReader reader)
            throws IOException {
        Object value = column.getObject(row);
        DictionaryEncoding encoding = column.getField().getDictionary();
        if (encoding == null || value == null) {
            return String.valueOf(value);
        }
        Dictionary dictionary =
                Objects.requireNonNull(reader.getDictionaryVectors().get(encoding.getId()));
        return String.valueOf(dictionary.getVector().getObject(((Number) value).intValue()));
    }
}
