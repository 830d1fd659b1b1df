package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every type goes to the shelf and comes back, in a slab and in a segment.
final class RoundTripTest {
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
    void everyTypeComesBackAsItWent(Field field) {
        Shelf shelf = temporary.shelf();
        for (int rows : List.of(0, 1, 7, 64, 100, 3000)) {
            for (boolean slab : List.of(true, false)) {
                Shelf here = shelf;
                try (RandomTable table =
                        tables.table(new Schema(List.of(field)), rows, allocator)) {
                    PutOptions options =
                            slab
                                    ? PutOptions.DEFAULT
                                    : PutOptions.DEFAULT.withPartitions(1 << 20, 0);
                    here.put("table", table.source(), options);
                    try (ShelfTable stored = here.get("table")) {
                        assertThat(TableContent.of(stored))
                                .as("%s, rows=%d, slab=%s", tables, rows, slab)
                                .isEqualTo(TableContent.of(table));
                    }
                }
            }
        }
    }
}
