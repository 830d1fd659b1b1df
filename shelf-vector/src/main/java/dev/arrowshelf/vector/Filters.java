package dev.arrowshelf.vector;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.near.RowBits;
import java.io.IOException;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.jspecify.annotations.Nullable;

/// Turns filters into sets of rows.
final class Filters {
    private Filters() {}

    /// Returns the rows of a table that pass, null when all do. Error: `INVALID_ARGUMENT` for a
    /// column that is not there or not boolean.
    static @Nullable RowBits rows(RowFilter filter, ShelfTable table) {
        return switch (filter) {
            case RowFilter.All _ -> null;
            case RowFilter.Rows rows -> {
                RowBits bits = new RowBits(table.rowCount());
                for (long row : rows.numbers()) {
                    bits.add(row);
                }
                yield bits;
            }
            case RowFilter.Column(String name) -> column(name, table);
        };
    }

    private static RowBits column(String name, ShelfTable table) {
        RowBits bits = new RowBits(table.rowCount());
        if (table.schema().getFields().stream().noneMatch(each -> each.getName().equals(name))) {
            throw new ShelfException(ErrorCode.INVALID_ARGUMENT, "no such column: filter=" + name);
        }
        try (ArrowReader reader = table.reader(TableSlice.ofColumns(name))) {
            long first = 0;
            while (reader.loadNextBatch()) {
                if (!(reader.getVectorSchemaRoot().getVector(0) instanceof BitVector flags)) {
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "filter is no boolean column: filter="
                                    + name
                                    + ", type="
                                    + reader.getVectorSchemaRoot()
                                            .getVector(0)
                                            .getField()
                                            .getType());
                }
                for (int row = 0; row < flags.getValueCount(); row++) {
                    if (!flags.isNull(row) && flags.get(row) != 0) {
                        bits.add(first + row);
                    }
                }
                first += flags.getValueCount();
            }
            return bits;
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "table cannot be read: name=" + table.name(), failure);
        }
    }
}
