package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tables through the Arrow C stream interface, for every type.
final class CStreamTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

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
    void anExportedTableIsTheTable(Field field) throws IOException {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = tables.table(new Schema(List.of(field)), 300, allocator)) {
            shelf.put("t", table.source(), PutOptions.DEFAULT.withPartitions(100, 0));
            TableSlice slice = TableSlice.ofRows(0, 250);
            TableContent expected = TableContent.of(table).slice(slice);
            try (ShelfTable stored = shelf.get("t");
                    ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
                stored.exportTo(stream, slice);
                try (ArrowReader imported = Data.importArrayStream(allocator, stream)) {
                    assertThat(TableContent.of(imported).rows())
                            .as("%s", tables)
                            .isEqualTo(expected.rows());
                }
            }
        }
    }

    @Test
    void aStreamOutlivesHandleAndShelf() throws IOException {
        try (RandomTable table =
                        tables.table(
                                new Schema(
                                        List.of(Field.nullable("a", new ArrowType.Int(64, true)))),
                                50_000,
                                allocator);
                ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (ShelfTable stored = shelf.get("t")) {
                stored.exportTo(stream);
            }
            shelf.delete("t");
            temporary.close();
            try (ArrowReader imported = Data.importArrayStream(allocator, stream)) {
                assertThat(imported.loadNextBatch()).isTrue();
                long address = imported.getVectorSchemaRoot().getVector(0).getDataBufferAddress();
                assertThat(OpenResources.fileAt(address))
                        .contains(temporary.directory().toString());
                assertThat(imported.getVectorSchemaRoot().getVector(0).getObject(49_999))
                        .isEqualTo(table.root().getVector(0).getObject(49_999));
            }
        }
    }

    @Test
    void aStreamThatNobodyReadsIsReleased() {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = tables.table(tables.schema(3), 20_000, allocator);
                ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (ShelfTable stored = shelf.get("t")) {
                stored.exportTo(stream);
            }
            stream.release();
        }
    }
}
