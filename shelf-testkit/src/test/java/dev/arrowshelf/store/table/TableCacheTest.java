package dev.arrowshelf.store.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.MappingBudget;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.ControlView;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.testkit.RandomTable;
import dev.arrowshelf.testkit.RandomTables;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The cache of mappings when it has to give some back.
final class TableCacheTest {
    private static final int TABLES = 40;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final TableCache cache = new TableCache();

    @Test
    void theLeastRecentlyUsedIdleTablesGoFirst() throws IOException {
        fillShelf();
        try (ControlView view = ControlView.open(temporary.directory())) {
            fillCache(view.current());
            long mapped = MappingBudget.process().used();
            for (int i = 0; i < TABLES; i++) {
                entry(i).table().usedAt(System.nanoTime() + (i < 10 ? 1_000_000 : 0));
            }
            assertThat(entry(11).table().retain()).isTrue();
            cache.evict(1);
            assertThat(MappingBudget.process().used()).isEqualTo(mapped - TABLES / 4);
            for (int i = 0; i < TABLES; i++) {
                boolean kept = i < 10 || i == 11 || i > 20;
                assertThat(cache.get("t" + i) != null).as("t" + i).isEqualTo(kept);
            }
            entry(11).table().release();
            cache.evict(TABLES);
            assertThat(cache.get("t3")).isNull();
            cache.clear();
            assertThat(MappingBudget.process().used()).isEqualTo(mapped - TABLES);
        }
    }

    @Test
    void onlyTablesWhoseSlotChangedAreDropped() throws IOException {
        fillShelf();
        try (ControlView view = ControlView.open(temporary.directory())) {
            fillCache(view.current());
            temporary.shelf().delete("t5");
            cache.dropStale(view.current());
            for (int i = 0; i < TABLES; i++) {
                assertThat(cache.get("t" + i) != null).isEqualTo(i != 5);
            }
            cache.clear();
        }
    }

    private CachedTable entry(int number) {
        return Objects.requireNonNull(cache.get("t" + number));
    }

    private void fillShelf() {
        RandomTables tables = RandomTables.ofThisRun();
        Shelf shelf = temporary.shelf();
        try (BufferAllocator allocator = new RootAllocator();
                RandomTable table = tables.table(tables.schema(3), 10, allocator)) {
            for (int i = 0; i < TABLES; i++) {
                shelf.put("t" + i, table.source(), PutOptions.DEFAULT.withPartitions(100, 0));
            }
        }
    }

    private void fillCache(ControlReader control) throws IOException {
        TableOpener opener = new TableOpener(temporary.directory(), TableSpace.Recall.NOBODY);
        for (int i = 0; i < TABLES; i++) {
            Slot slot = Objects.requireNonNull(control.find(TableName.toKey("t" + i)));
            MappedTable table = opener.open("t" + i, slot);
            cache.add(new CachedTable(control, slot.index(), slot.sequence(), table));
        }
    }
}
