package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.arrowshelf.memory.MappingBudget;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a get of a mapped table costs: one small object, and nothing of the kernel.
final class FastPathTest {
    private static final int GETS = 1000;
    private static final int HANDLE_BYTES = 32;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final RandomTables tables = RandomTables.ofThisRun();

    @Test
    void aGetOfAMappedTableAllocatesItsHandleOnly() {
        try (BufferAllocator allocator = new RootAllocator();
                RandomTable table = tables.table(tables.schema(3), 20, allocator)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (TableSpace space = TableSpace.open(temporary.directory())) {
                ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
                getOften(space, 10 * GETS);
                long mapped = MappingBudget.process().used();
                long before = threads.getCurrentThreadAllocatedBytes();
                getOften(space, GETS);
                long allocated = threads.getCurrentThreadAllocatedBytes() - before;
                assertThat(allocated).isLessThanOrEqualTo((long) GETS * HANDLE_BYTES + 4096);
                assertThat(MappingBudget.process().used()).isLessThanOrEqualTo(mapped);
            }
        }
    }

    @Test
    void aGetOfAMappedTableMakesNoSystemCallThatTheKernelCounts() throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                RandomTable table = tables.table(tables.schema(3), 20, allocator)) {
            Shelf shelf = temporary.shelf();
            shelf.put("t", table.source(), PutOptions.DEFAULT);
            try (TableSpace space = TableSpace.open(temporary.directory())) {
                getOften(space, 10 * GETS);
                // the directory is taken away: whoever looked at it would not find it
                Path away = temporary.scratch().resolve("away");
                Files.move(temporary.directory(), away);
                try {
                    getOften(space, GETS);
                } finally {
                    Files.move(away, temporary.directory());
                }
            }
        }
    }

    private static void getOften(TableSpace space, int times) {
        for (int i = 0; i < times; i++) {
            ShelfTable table = Objects.requireNonNull(space.find("t"));
            table.close();
        }
    }
}
