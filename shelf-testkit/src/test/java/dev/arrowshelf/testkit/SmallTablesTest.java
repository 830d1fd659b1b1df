package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A hundred thousand small tables on a shelf that is short of memory.
final class SmallTablesTest {
    private static final int TABLES = 100_000;
    private static final int LARGE_ROWS = 128 << 10; // 1 MiB

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void closeAllocator() {
        allocator.close();
    }

    private ShelfOptions options(String limit, EvictionMode mode) {
        return temporary
                .options()
                .withMemoryLimit(ByteSize.parse(limit))
                .withWarmPool(new ByteSize(0))
                .withCache(temporary.cache(mode));
    }

    @Test
    void largeTablesGiveWayToManySmallOnes() {
        Shelf shelf = temporary.shelf(options("128MiB", EvictionMode.SPILL));
        for (int i = 0; i < 60; i++) {
            put(shelf, "large" + i, i, LARGE_ROWS);
        }
        for (int i = 0; i < TABLES; i++) {
            put(shelf, "small" + i, i, 1);
        }
        assertThat(shelf.status().tables()).isEqualTo(TABLES + 60);
        assertThat(shelf.status().memory().spilled()).isPositive();
        assertThat(shelf.status().memory().used()).isLessThanOrEqualTo(128 << 20);
        for (int i = 0; i < TABLES; i += 97) {
            assertThat(LongTable.seedOf(shelf, "small" + i)).isEqualTo(i);
        }
        for (int i = 0; i < 60; i++) {
            assertThat(LongTable.seedOf(shelf, "large" + i)).isEqualTo(i);
        }
    }

    @Test
    void theColdestSmallTablesAreDroppedWhereThatIsAskedFor() {
        Shelf shelf = temporary.shelf(options("40MiB", EvictionMode.DROP));
        int tables = TABLES * 6 / 10;
        for (int i = 0; i < tables; i++) {
            put(shelf, "small" + i, i, 64);
        }
        assertThat(shelf.status().memory().used()).isLessThanOrEqualTo(40 << 20);
        List<TableInfo> left = shelf.list();
        assertThat(left).hasSizeBetween(tables / 10, tables - 1);
        assertThat(shelf.info("small" + (tables - 1))).isNotNull();
        int read = 0;
        for (int i = 0; i < left.size(); i += 97) {
            String name = left.get(i).name();
            try (ShelfTable table = shelf.find(name)) {
                if (table != null) { // may have left since it was listed
                    assertThat("small" + LongTable.seedOf(table)).isEqualTo(name);
                    read++;
                }
            }
        }
        assertThat(read).isGreaterThan(left.size() / 97 / 2);
    }

    private void put(Shelf shelf, String name, long seed, int rows) {
        LongTable.put(shelf, allocator, name, seed, rows, PutOptions.DEFAULT);
    }
}
