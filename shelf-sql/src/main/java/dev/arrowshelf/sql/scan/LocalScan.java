package dev.arrowshelf.sql.scan;

import dev.arrowshelf.sql.arrow.Scratch;
import dev.arrowshelf.sql.column.ColumnRows;
import dev.arrowshelf.sql.column.VectorForm;
import dev.arrowshelf.sql.prune.RowChoice;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thread's part of a scan: takes row groups and turns each into chunks.
///
/// One thread at a time. Owns what imports columns until [#close()]; its other memory is the
/// snapshot's.
final class LocalScan implements AutoCloseable {
    /* A row group comes in one of two ways.

    Whole: columns that DuckDB can read where they lie go through its importer, which makes vectors of pointers into the mapping; decimals,
    which DuckDB keeps narrower than Arrow does, are written into its vectors here.

    Chosen: where filters leave few rows, only those are written, all columns of them. DuckDB filters again, so that a row too many does
    no harm. */
    private static final int CHUNK_ROWS = 2048;

    private final GlobalScan scan;
    private final OutputChunk output;
    private final List<OutputColumn> columns = new ArrayList<>();
    private final List<Integer> withoutValues = new ArrayList<>();
    private final @Nullable ImportedRows imported;
    private final @Nullable RowChoice choice;
    private int position = -1;
    private @Nullable RowGroup group;
    private long done;
    private boolean chosen;

    LocalScan(GlobalScan scan, MemorySegment context, Releases releases) {
        this.scan = scan;
        Scratch scratch = scan.table().snapshot().scratch();
        this.output = new OutputChunk(scratch);
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < scan.columnCount(); i++) {
            if (!scan.hasColumn(i)) {
                withoutValues.add(i);
                continue;
            }
            int number = scan.column(i);
            VectorForm form =
                    VectorForm.of(scan.table().image().schema().getFields().get(number))
                            .orElse(null);
            boolean narrowed = form != null && form.isNarrowed();
            columns.add(new OutputColumn(i, number, form, narrowed ? -1 : numbers.size()));
            if (!narrowed) {
                numbers.add(number);
            }
        }
        this.imported =
                numbers.isEmpty()
                        ? null
                        : new ImportedRows(scan.table(), numbers, context, scratch, releases);
        boolean all = columns.stream().allMatch(column -> column.form() != null);
        this.choice = all && !columns.isEmpty() && scan.isFiltered() ? new RowChoice() : null;
    }

    /// A column that is wanted.
    ///
    /// @param output its place in the output
    /// @param number its place in the table
    /// @param form how its values are written here; null when only the importer can
    /// @param imported its place among the imported ones, or -1
    private record OutputColumn(int output, int number, @Nullable VectorForm form, int imported) {}

    /// Returns the place of the present row group in the order of the table.
    int position() {
        return Math.max(0, position);
    }

    /// Fills a chunk with the next rows; without rows when there are no more for this thread.
    void fill(MemorySegment chunk) throws Throwable {
        output.use(chunk);
        long rows = 0;
        while (rows == 0) {
            RowGroup present = group == null ? claim() : group;
            if (present == null) {
                output.size(0, 0);
                return;
            }
            rows = chosen ? chosenRows(present) : wholeRows(present);
            if (rows == 0) {
                group = null;
            }
        }
        for (int index : withoutValues) {
            output.size(index, rows);
        }
    }

    /// Takes the next row group, or null when there is none.
    private @Nullable RowGroup claim() throws Throwable {
        int claimed = scan.claim();
        if (claimed < 0) {
            return null;
        }
        position = claimed;
        RowGroup next = scan.group(claimed);
        chosen = choice != null && scan.choose(claimed, choice);
        done = 0;
        if (!chosen && imported != null) {
            imported.append(next);
        }
        group = next;
        return next;
    }

    private long wholeRows(RowGroup present) throws Throwable {
        long rows = Math.min(CHUNK_ROWS, present.count() - done);
        ImportedRows source = imported;
        if (source != null) {
            MemorySegment chunk = source.next();
            if (chunk.address() == 0) {
                return 0;
            }
            rows = source.size(chunk);
            for (OutputColumn column : columns) {
                if (column.imported() >= 0) {
                    output.refer(column.output(), chunk, column.imported(), rows);
                }
            }
            source.giveBack();
        }
        for (OutputColumn column : columns) {
            VectorForm form = column.form();
            if (column.imported() < 0 && form != null && rows > 0) {
                narrow(column, form, present, (int) rows);
            }
        }
        done += rows;
        scan.add(rows);
        return rows;
    }

    private void narrow(OutputColumn column, VectorForm form, RowGroup present, int rows)
            throws Throwable {
        ColumnRows values = scan.table().rows(present, column.number(), form.isVariable());
        long from = present.from() + done;
        form.narrow(values, from, rows, output.data(column.output(), rows, form.bytes()));
        if (values.hasNulls()) {
            values.copyValidity(from, rows, output.validity(column.output(), rows));
        }
    }

    private long chosenRows(RowGroup present) throws Throwable {
        RowChoice picked = choice;
        if (picked == null) {
            throw new IllegalStateException("rows were chosen without filters");
        }
        int begin = (int) done;
        int rows = Math.min(CHUNK_ROWS, picked.count() - begin);
        if (rows == 0) {
            scan.add(present.count());
            return 0;
        }
        for (OutputColumn column : columns) {
            VectorForm form = column.form();
            if (form != null) {
                ColumnRows values = scan.table().rows(present, column.number(), form.isVariable());
                MemorySegment target = output.data(column.output(), rows, form.bytes());
                form.gather(values, picked.rows(), begin, rows, target);
                if (values.hasNulls()) {
                    MemorySegment bits = output.validity(column.output(), rows);
                    values.gatherValidity(picked.rows(), begin, rows, bits);
                }
            }
        }
        done += rows;
        return rows;
    }

    @Override
    public void close() {
        if (imported != null) {
            imported.close();
        }
    }
}
