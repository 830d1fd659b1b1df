package dev.arrowshelf.testkit;

import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.jspecify.annotations.Nullable;

/// Schema and rows of a table as plain values: what two tables must have in common to be equal,
/// however they are cut into batches and whatever their dictionaries look like.
///
/// @param schema fields and metadata, dictionary-encoded fields with the type of their values
/// @param rows values by row and column; null is the text `null`, bytes are hexadecimal
public record TableContent(Schema schema, List<List<String>> rows) {
    /// Copies the list.
    public TableContent {
        rows = List.copyOf(rows);
    }

    /// Returns the content of all batches that a reader still has.
    public static TableContent of(ArrowReader reader) {
        try {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            Schema schema = declared(root.getSchema(), reader);
            List<List<String>> rows = new ArrayList<>();
            while (reader.loadNextBatch()) {
                addRows(root, reader, rows);
            }
            return new TableContent(schema, rows);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Returns the content of a root.
    public static TableContent of(VectorSchemaRoot root, DictionaryProvider dictionaries) {
        List<List<String>> rows = new ArrayList<>();
        addRows(root, dictionaries, rows);
        return new TableContent(declared(root.getSchema(), dictionaries), rows);
    }

    /// Returns the content of a random table.
    public static TableContent of(RandomTable table) {
        return of(table.root(), table.dictionaries());
    }

    /// Returns the content of a table on a shelf.
    public static TableContent of(ShelfTable table) {
        return of(table, TableSlice.ALL);
    }

    /// Returns the content of a slice.
    public static TableContent of(ShelfTable table, TableSlice slice) {
        try (ArrowReader reader = table.reader(slice)) {
            return of(reader);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Returns what a slice of this content is.
    public TableContent slice(TableSlice slice) {
        List<String> names = schema.getFields().stream().map(Field::getName).toList();
        List<Integer> columns = slice.columns().orElse(names).stream().map(names::indexOf).toList();
        List<List<String>> some =
                rows.stream()
                        .skip(slice.offset())
                        .limit(slice.limit())
                        .map(row -> columns.stream().map(row::get).toList())
                        .toList();
        List<Field> fields = columns.stream().map(schema.getFields()::get).toList();
        return new TableContent(new Schema(fields, schema.getCustomMetadata()), some);
    }

    private static Schema declared(Schema schema, DictionaryProvider dictionaries) {
        List<Field> fields = new ArrayList<>();
        for (Field field : schema.getFields()) {
            fields.add(DictionaryUtility.toMessageFormat(field, dictionaries, new HashSet<>()));
        }
        return new Schema(fields, schema.getCustomMetadata());
    }

    private static void addRows(
            VectorSchemaRoot root, DictionaryProvider dictionaries, List<List<String>> rows) {
        for (int row = 0; row < root.getRowCount(); row++) {
            List<String> values = new ArrayList<>();
            for (FieldVector vector : root.getFieldVectors()) {
                values.add(text(value(vector, row, dictionaries)));
            }
            rows.add(List.copyOf(values));
        }
    }

    private static @Nullable Object value(
            FieldVector vector, int row, DictionaryProvider dictionaries) {
        DictionaryEncoding encoding = vector.getField().getDictionary();
        if (encoding == null || vector.isNull(row)) {
            return vector.getObject(row);
        }
        int index = ((Number) vector.getObject(row)).intValue();
        return dictionaries.lookup(encoding.getId()).getVector().getObject(index);
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case byte[] bytes -> HexFormat.of().formatHex(bytes);
            case List<?> list -> list.stream().map(TableContent::text).toList().toString();
            case Map<?, ?> map -> {
                Map<String, String> texts = new LinkedHashMap<>();
                map.forEach((key, each) -> texts.put(text(key), text(each)));
                yield texts.toString();
            }
            default -> value.toString();
        };
    }
}
