package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Columns and rows of tables in one slab record, one segment, or many.
final class SliceTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    @Test
    void anySliceIsWhatItsRowsAndColumnsAre() {
        Shelf shelf = temporary.shelf();
        Random random = tables.random();
        for (PutOptions options :
                List.of(
                        PutOptions.DEFAULT,
                        PutOptions.DEFAULT.withPartitions(1 << 20, 0),
                        PutOptions.DEFAULT.withPartitions(37, 0),
                        PutOptions.DEFAULT.withPartitions(0, 20_000))) {
            try (RandomTable table = tables.table(tables.schema(100), 200, allocator)) {
                shelf.put("t", table.source(), options);
                TableContent whole = TableContent.of(table);
                try (ShelfTable stored = shelf.get("t")) {
                    for (int round = 0; round < 25; round++) {
                        TableSlice slice = slice(whole, random);
                        assertThat(TableContent.of(stored, slice))
                                .as("%s, %s, partitions=%d", tables, slice, stored.partitionCount())
                                .isEqualTo(whole.slice(slice));
                    }
                }
            }
        }
    }

    private static TableSlice slice(TableContent whole, Random random) {
        List<String> names =
                new ArrayList<>(whole.schema().getFields().stream().map(Field::getName).toList());
        Collections.shuffle(names, random);
        TableSlice rows = TableSlice.ofRows(random.nextInt(220), random.nextInt(220));
        return random.nextInt(4) == 0
                ? rows
                : rows.withColumns(names.subList(0, random.nextInt(names.size())));
    }

    @Test
    void partitionLimitsCutByRowsAndByBytes() {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = numbers(1000)) {
            assertThat(
                            shelf.put(
                                            "rows",
                                            table.source(),
                                            PutOptions.DEFAULT.withPartitions(300, 0))
                                    .partitions())
                    .isEqualTo(4);
            assertThat(
                            shelf.put(
                                            "bytes",
                                            table.source(),
                                            PutOptions.DEFAULT.withPartitions(0, 4096))
                                    .partitions())
                    .isBetween(3, 8);
            assertThat(shelf.put("one", table.source(), PutOptions.DEFAULT).partitions())
                    .isEqualTo(1);
            for (String name : List.of("rows", "bytes", "one")) {
                try (ShelfTable stored = shelf.get(name)) {
                    assertThat(TableContent.of(stored)).isEqualTo(TableContent.of(table));
                }
            }
        }
    }

    @Test
    void onlyTheBytesOfTheWantedColumnsAndRowsAreTouched() throws IOException {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = numbers(1000)) {
            shelf.put("t", table.source(), PutOptions.DEFAULT.withPartitions(100, 0));
            try (ShelfTable stored = shelf.get("t");
                    ArrowReader one =
                            stored.reader(TableSlice.ofColumns("small").withRows(250, 10))) {
                assertThat(one.loadNextBatch()).isTrue();
                assertThat(one.getVectorSchemaRoot().getRowCount()).isEqualTo(10);
                assertThat(((IntVector) one.getVectorSchemaRoot().getVector(0)).get(0))
                        .isEqualTo(250);
                assertThat(one.loadNextBatch()).isFalse();
                assertThat(one.bytesRead()).isLessThanOrEqualTo(100 * 4 + 100 / 8 + 8);
            }
        }
    }

    @Test
    void columnsThatDoNotExistOrAreAmbiguousAreRefused() {
        Shelf shelf = temporary.shelf();
        Field same = Field.nullable("same", new ArrowType.Int(32, true));
        try (RandomTable table = tables.table(new Schema(List.of(same, same)), 3, allocator)) {
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (ShelfTable stored = shelf.get("t")) {
                EmbeddedShelfTest.assertThatCode(
                        () -> stored.reader(TableSlice.ofColumns("none")),
                        ErrorCode.INVALID_ARGUMENT,
                        "none");
                EmbeddedShelfTest.assertThatCode(
                        () -> stored.reader(TableSlice.ofColumns("same")),
                        ErrorCode.INVALID_ARGUMENT,
                        "same");
                assertThat(TableContent.of(stored).rows()).hasSize(3);
            }
        }
        EmbeddedShelfTest.assertThatCode(
                () -> TableSlice.ofColumns("a", "a"), ErrorCode.INVALID_ARGUMENT, "a");
        EmbeddedShelfTest.assertThatCode(
                () -> TableSlice.ofRows(-1, 1), ErrorCode.INVALID_ARGUMENT, "-1");
    }

    private RandomTable numbers(int rows) {
        Schema schema =
                new Schema(
                        List.of(
                                Field.notNullable("small", new ArrowType.Int(32, true)),
                                Field.notNullable("large", new ArrowType.Int(64, true))));
        RandomTable table = tables.table(schema, rows, allocator);
        VectorSchemaRoot root = table.root();
        for (int row = 0; row < rows; row++) {
            ((IntVector) root.getVector(0)).set(row, row);
            ((BigIntVector) root.getVector(1)).set(row, -row);
        }
        return table;
    }
}
