package dev.arrowshelf.vector;

import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.vector.index.IndexHost;
import dev.arrowshelf.vector.model.SearchResult;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// The rows that a search found, with all their columns. For one thread.
final class FoundRows {
    private static final String PREFIX = TableKey.INTERNAL_PREFIX + "search/";

    private final ShelfTable table;
    private final SearchResult found;

    FoundRows(ShelfTable table, SearchResult found) {
        this.table = table;
        this.found = found;
    }

    /// Writes them to a table that has no name any more when it is returned. Error:
    /// `UNSUPPORTED_IPC` for a column whose values cannot be copied one by one.
    ShelfTable lend(IndexHost host) {
        String name = PREFIX + UUID.randomUUID();
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = rows(allocator)) {
            host.put(name, root);
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "table cannot be read: name=" + table.name(), failure);
        }
        ShelfTable lent = host.find(name);
        host.delete(name);
        if (lent == null) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND, "what was found is gone: table=" + table.name());
        }
        return lent;
    }

    private VectorSchemaRoot rows(BufferAllocator allocator) throws IOException {
        List<FieldVector> columns = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try {
            copyColumns(allocator, columns);
            columns.forEach(column -> names.add(column.getName()));
            columns.addAll(answers(allocator, names));
            fill(columns);
            return new VectorSchemaRoot(columns);
        } catch (IOException | RuntimeException failure) {
            columns.forEach(FieldVector::close);
            throw failure;
        }
    }

    /// Makes an empty vector for each column, of its values where it has a dictionary.
    private void copyColumns(BufferAllocator allocator, List<FieldVector> columns)
            throws IOException {
        try (ArrowReader reader = table.reader(TableSlice.ofRows(0, 0), allocator)) {
            for (Field field : reader.getVectorSchemaRoot().getSchema().getFields()) {
                Field plain =
                        field.getDictionary() == null
                                ? field
                                : reader.lookup(field.getDictionary().getId())
                                        .getVector()
                                        .getField();
                columns.add(
                        new Field(field.getName(), plain.getFieldType(), plain.getChildren())
                                .createVector(allocator));
            }
        }
    }

    private static List<FieldVector> answers(BufferAllocator allocator, Set<String> names) {
        ArrowType real = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
        ArrowType whole = new ArrowType.Int(64, true);
        Schema schema =
                new Schema(
                        List.of(
                                Field.notNullable(free("distance", names), real),
                                Field.notNullable(free("row", names), whole),
                                Field.notNullable(free("query", names), whole)));
        return schema.getFields().stream().map(field -> field.createVector(allocator)).toList();
    }

    private static String free(String wanted, Set<String> names) {
        String name = wanted;
        while (names.contains(name)) {
            name += "_";
        }
        return name;
    }

    private void fill(List<FieldVector> columns) throws IOException {
        int own = columns.size() - 3;
        Float4Vector distances = (Float4Vector) columns.get(own);
        BigIntVector rows = (BigIntVector) columns.get(own + 1);
        BigIntVector queries = (BigIntVector) columns.get(own + 2);
        int target = 0;
        for (int query = 0; query < found.queries(); query++) {
            for (int place = 0; place < found.k() && found.id(query, place) >= 0; place++) {
                copy(found.id(query, place), columns.subList(0, own), target);
                distances.setSafe(target, found.distance(query, place));
                rows.setSafe(target, found.id(query, place));
                queries.setSafe(target, query);
                target++;
            }
        }
        int written = target;
        columns.forEach(column -> column.setValueCount(written));
    }

    private void copy(long row, List<FieldVector> columns, int target) throws IOException {
        try (ArrowReader reader = table.reader(TableSlice.ofRows(row, 1))) {
            reader.loadNextBatch();
            List<FieldVector> values = reader.getVectorSchemaRoot().getFieldVectors();
            for (int column = 0; column < columns.size(); column++) {
                FieldVector source = values.get(column);
                try (ValueVector decoded = decoded(source, reader)) {
                    columns.get(column).copyFromSafe(0, target, decoded == null ? source : decoded);
                } catch (UnsupportedOperationException impossible) {
                    throw new ShelfException(
                            ErrorCode.UNSUPPORTED_IPC,
                            "rows of this column cannot be copied: column="
                                    + source.getName()
                                    + ", type="
                                    + source.getField().getType(),
                            impossible);
                }
            }
        }
    }

    private static @Nullable ValueVector decoded(FieldVector values, ArrowReader reader)
            throws IOException {
        return values.getField().getDictionary() == null
                ? null
                : DictionaryEncoder.decode(
                        values, reader.lookup(values.getField().getDictionary().getId()));
    }
}
