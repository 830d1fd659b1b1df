package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.batch.AllValid;
import dev.arrowshelf.store.table.batch.BatchCutter;
import dev.arrowshelf.store.table.batch.BatchParts;
import dev.arrowshelf.store.table.batch.VectorFiller;
import dev.arrowshelf.store.table.batch.VectorShape;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Any rows of any type, cut in place and compact, twice in a row.
final class BatchCutterTest {
    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    static Stream<Field> fields() {
        return EveryType.fields().stream();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void cutRowsAreTheRows(Field field) {
        for (int round = 0; round < 20; round++) {
            int rows = 1 + tables.random().nextInt(90);
            try (RandomTable table = tables.table(new Schema(List.of(field)), rows, allocator);
                    AllValid allValid = new AllValid(allocator);
                    ArrowRecordBatch batch = new VectorUnloader(table.root()).getRecordBatch()) {
                Schema schema = table.root().getSchema();
                check(table, batch, BatchCutter.inPlace(allocator, schema, allValid));
                check(table, batch, BatchCutter.compact(allocator, schema));
            }
        }
    }

    private void check(RandomTable table, ArrowRecordBatch batch, BatchCutter cutter) {
        int rows = table.root().getRowCount();
        int from = tables.random().nextInt(rows + 1);
        int count = tables.random().nextInt(rows - from + 1);
        int fromAgain = tables.random().nextInt(count + 1);
        int countAgain = tables.random().nextInt(count - fromAgain + 1);
        TableContent whole = TableContent.of(table);
        try (ArrowRecordBatch cut = cutter.cut(BatchParts.of(batch), from, count);
                ArrowRecordBatch again = cutter.cut(BatchParts.of(cut), fromAgain, countAgain)) {
            TableContent expected = whole.slice(TableSlice.ofRows(from, count));
            assertThat(content(table, cut))
                    .as("%s, rows=%d, from=%d, count=%d", tables, rows, from, count)
                    .isEqualTo(expected);
            assertThat(content(table, again))
                    .as("%s, again", tables)
                    .isEqualTo(expected.slice(TableSlice.ofRows(fromAgain, countAgain)));
        }
    }

    private TableContent content(RandomTable table, ArrowRecordBatch batch) {
        Schema schema = table.root().getSchema();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
            VectorFiller.fill(
                    root, schema.getFields().stream().map(VectorShape::of).toList(), batch);
            try (ArrowRecordBatch unloaded = new VectorUnloader(root).getRecordBatch();
                    VectorSchemaRoot copy = VectorSchemaRoot.create(schema, allocator)) {
                VectorFiller.fill(
                        copy, schema.getFields().stream().map(VectorShape::of).toList(), unloaded);
                return TableContent.of(copy, table.dictionaries());
            }
        }
    }
}
