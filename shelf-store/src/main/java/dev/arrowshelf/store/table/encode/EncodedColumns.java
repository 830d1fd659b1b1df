package dev.arrowshelf.store.table.encode;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;

/// What encoding the text columns of a table has saved, found out by looking at every index.
public final class EncodedColumns {
    private EncodedColumns() {}

    /// One column.
    ///
    /// @param name its name
    /// @param values its distinct values, as far as they are stored
    /// @param savedBytes what it would take as text less what it takes; negative when encoding it
    ///   was a mistake
    public record Column(String name, int values, long savedBytes) {}

    /// Returns the encoded columns of a table, in order. Duplicate names cannot be told apart and
    /// are left out.
    public static List<Column> of(ShelfTable table) {
        List<Column> found = new ArrayList<>();
        List<Field> fields = table.schema().getFields();
        for (Field field : fields) {
            boolean alone =
                    fields.stream().filter(one -> one.getName().equals(field.getName())).count()
                            == 1;
            if (alone && EncodedField.is(field)) {
                found.add(column(table, field));
            }
        }
        return found;
    }

    private static Column column(ShelfTable table, Field field) {
        long id = field.getDictionary().getId();
        long plain = 0;
        long rows = 0;
        int offsetBytes = Integer.BYTES;
        int count = 0;
        long valueBytes = 0;
        try (ArrowReader reader = table.reader(TableSlice.ofColumns(field.getName()))) {
            VectorSchemaRoot root = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                FieldVector values = reader.lookup(id).getVector();
                offsetBytes =
                        values instanceof BaseLargeVariableWidthVector ? Long.BYTES : Integer.BYTES;
                if (values.getValueCount() > count) {
                    count = values.getValueCount();
                    valueBytes = end(values, count);
                }
                plain += textBytes((IntVector) root.getVector(0), values);
                rows += root.getRowCount();
            }
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "table cannot be read: name=%s, cause=%s"
                            .formatted(table.name(), failure.getMessage()),
                    failure);
        }
        long dictionary = valueBytes + (count + 1L) * offsetBytes;
        long text = plain + (rows + 1) * offsetBytes;
        return new Column(field.getName(), count, text - rows * Integer.BYTES - dictionary);
    }

    private static long textBytes(IntVector indices, FieldVector values) {
        long sum = 0;
        boolean whole = indices.getNullCount() == 0;
        for (int row = 0; row < indices.getValueCount(); row++) {
            if (whole || !indices.isNull(row)) {
                int number = indices.get(row);
                sum += end(values, number + 1) - end(values, number);
            }
        }
        return sum;
    }

    /// Where the first values end among the bytes of all.
    private static long end(FieldVector values, int count) {
        return values instanceof BaseVariableWidthVector
                ? values.getOffsetBuffer().getInt((long) count * Integer.BYTES)
                : values.getOffsetBuffer().getLong((long) count * Long.BYTES);
    }
}
