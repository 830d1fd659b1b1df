package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.TransferPair;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What is open stays valid, and what is closed is let go.
final class LifetimeTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    @Test
    void anOpenTableOutlivesItsDeletionAndItsShelf() {
        for (int rows : List.of(10, 20_000)) {
            try (RandomTable table = tables.table(tables.schema(8), rows, allocator)) {
                Shelf shelf = temporary.shelf();
                shelf.put("t", table.source(), PutOptions.DEFAULT);
                ShelfTable open = shelf.get("t");
                assertThat(shelf.delete("t")).isTrue();
                assertThat(shelf.find("t")).isNull();
                assertThat(TableContent.of(open)).isEqualTo(TableContent.of(table));
                temporary.close();
                assertThat(TableContent.of(open)).isEqualTo(TableContent.of(table));
                open.close();
                EmbeddedShelfTest.assertThatCode(open::reader, ErrorCode.CLOSED, "t");
                EmbeddedShelfTest.assertThatCode(open::schema, ErrorCode.CLOSED, "t");
                open.close();
            }
        }
    }

    @Test
    void vectorsOutliveReaderHandleAndShelf() throws IOException {
        try (RandomTable table = numbers(50_000)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            FieldVector kept;
            try (ShelfTable open = shelf.get("t");
                    ArrowReader reader = open.reader()) {
                reader.loadNextBatch();
                FieldVector vector = reader.getVectorSchemaRoot().getVector(0);
                TransferPair transfer = vector.getTransferPair(vector.getAllocator());
                transfer.transfer();
                kept = (FieldVector) transfer.getTo();
            }
            shelf.delete("t");
            temporary.close();
            assertThat(kept.getObject(49_999))
                    .isEqualTo(table.root().getVector(0).getObject(49_999));
            assertThat(OpenResources.fileAt(kept.getDataBufferAddress()))
                    .contains(temporary.directory().toString());
            kept.close();
        }
    }

    @Test
    void aReaderMayAccountToTheCallersAllocator() throws IOException {
        try (RandomTable table = numbers(1000);
                BufferAllocator own = allocator.newChildAllocator("own", 0, Long.MAX_VALUE)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (ShelfTable open = shelf.get("t");
                    ArrowReader reader = open.reader(TableSlice.ALL, own);
                    VectorSchemaRoot mine =
                            VectorSchemaRoot.create(table.root().getSchema(), own)) {
                reader.loadNextBatch();
                assertThat(own.getAllocatedMemory()).isPositive();
                reader.getVectorSchemaRoot()
                        .getVector(0)
                        .makeTransferPair(mine.getVector(0))
                        .transfer();
                mine.setRowCount(1000);
                assertThat(mine.getVector(0).getObject(999))
                        .isEqualTo(table.root().getVector(0).getObject(999));
            }
            assertThat(own.getAllocatedMemory()).isZero();
        }
    }

    @Test
    void aTableIsUnmappedAtOnceWhenTheLastHandleOfAWithdrawnOneIsClosed() {
        try (RandomTable table = numbers(50_000)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            ShelfTable one = shelf.get("t");
            ShelfTable two = shelf.get("t");
            shelf.delete("t");
            one.close();
            assertThat(segmentsMapped()).isEqualTo(1);
            two.close();
            assertThat(segmentsMapped()).isZero();
        }
    }

    @Test
    void anIdleMappingIsKeptUntilItsTableIsReplacedByAnotherProcess() {
        try (RandomTable table = numbers(50_000)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (TableSpace reader = TableSpace.open(temporary.directory())) {
                Objects.requireNonNull(reader.find("t")).close();
                assertThat(segmentsMapped()).isEqualTo(1);
                shelf.put("t", table.source(), PutOptions.DEFAULT);
                Deadline.ofSeconds(30)
                        .await("stale mapping is dropped", () -> segmentsMapped() == 0);
            }
        }
    }

    @Test
    void smallTablesOfOneSlabShareOneMapping() {
        Shelf shelf = temporary.shelf();
        List<ShelfTable> open = new ArrayList<>();
        try (RandomTable table = numbers(10)) {
            for (int i = 0; i < 50; i++) {
                shelf.put("t" + i, table.source(), PutOptions.DEFAULT);
                open.add(shelf.get("t" + i));
            }
            assertThat(
                            OpenResources.of(temporary.directory()).mappings().stream()
                                    .filter(line ->
                                            line.contains("r--s") && line.contains(".slab")))
                    .hasSize(1);
            open.forEach(
                    each -> assertThat(TableContent.of(each)).isEqualTo(TableContent.of(table)));
            open.forEach(ShelfTable::close);
        }
    }

    @Test
    void aReaderThatIsClosedSaysSo() throws IOException {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = numbers(10)) {
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (ShelfTable open = shelf.get("t")) {
                ArrowReader reader = open.reader();
                reader.close();
                reader.close();
                EmbeddedShelfTest.assertThatCode(reader::loadNextBatch, ErrorCode.CLOSED, "t");
            }
        }
    }

    private long segmentsMapped() {
        return OpenResources.of(temporary.directory()).mappings().stream()
                .filter(line -> line.contains("r--s"))
                .filter(line -> line.contains(".arrow") || line.contains(".dead"))
                .count();
    }

    private RandomTable numbers(int rows) {
        Schema schema =
                new Schema(
                        List.of(
                                Field.nullable("a", new ArrowType.Int(64, true)),
                                Field.nullable("b", new ArrowType.Int(32, true))));
        return tables.table(schema, rows, allocator);
    }
}
