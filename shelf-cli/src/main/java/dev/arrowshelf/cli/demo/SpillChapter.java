package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.SpillOptions;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Tables of twice the memory of a small shelf: the ones that nobody used for longest go to disk,
/// and come back when they are read.
final class SpillChapter implements Chapter {
    private static final ByteSize MEMORY = ByteSize.parse("32MiB");
    private static final int TABLES = 16;
    private static final int ROWS = 512 << 10; // 4 MiB
    private static final Schema SCHEMA =
            new Schema(List.of(Field.notNullable("n", new ArrowType.Int(64, true))));

    @Override
    public String title() {
        return "The shelf holds more than memory: what nobody uses lies on disk";
    }

    @Override
    public void tell(Stage stage) throws IOException {
        Path shelves = Objects.requireNonNull(stage.directory().getParent());
        Path disk = Files.createTempDirectory("arrowshelf-demo-");
        ShelfOptions options =
                ShelfOptions.of(DemoLeftovers.smallDirectory(shelves))
                        .withEphemeral(true)
                        .withMemoryLimit(MEMORY)
                        .withWarmPool(new ByteSize(0))
                        .withCache(
                                CacheOptions.DEFAULT.withSpill(
                                        SpillOptions.DEFAULT.withDirectories(List.of(disk))));
        try (Shelf shelf = Shelf.open(options)) {
            put(stage, shelf);
            read(stage, shelf);
        } finally {
            Files.delete(disk);
        }
    }

    private static void put(Stage stage, Shelf shelf) {
        long begin = System.nanoTime();
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(SCHEMA, allocator)) {
            BigIntVector numbers = (BigIntVector) root.getVector(0);
            numbers.allocateNew(ROWS);
            for (int table = 0; table < TABLES; table++) {
                for (int row = 0; row < ROWS; row++) {
                    numbers.set(row, (long) table + row);
                }
                root.setRowCount(ROWS);
                shelf.put("t" + table, root);
            }
        }
        long nanos = System.nanoTime() - begin;
        MemoryUsage memory = shelf.status().memory();
        stage.say(
                "tables",
                "%d of %s each, put in %s"
                        .formatted(
                                TABLES,
                                new ByteSize((long) ROWS * Long.BYTES),
                                Figures.time(nanos)));
        stage.say(
                "memory",
                "%s used of %s, %s on disk"
                        .formatted(
                                new ByteSize(memory.used()),
                                MEMORY,
                                new ByteSize(memory.spilled())));
        require(memory.used() <= MEMORY.bytes() && memory.spilled() > 0, "memory=" + memory);
    }

    private static void read(Stage stage, Shelf shelf) throws IOException {
        long begin = System.nanoTime();
        for (int table = 0; table < TABLES; table++) {
            long sum = sum(shelf, "t" + table);
            long expected = (long) table * ROWS + (ROWS - 1L) * ROWS / 2;
            require(
                    sum == expected,
                    "table=t%d, sum=%d, expected=%d".formatted(table, sum, expected));
        }
        stage.say(
                "read again",
                "all %d, checked, in %s"
                        .formatted(TABLES, Figures.time(System.nanoTime() - begin)));
    }

    private static long sum(Shelf shelf, String name) throws IOException {
        long sum = 0;
        try (ShelfTable table = shelf.get(name);
                ArrowReader reader = table.reader()) {
            while (reader.loadNextBatch()) {
                BigIntVector numbers = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                for (int row = 0; row < numbers.getValueCount(); row++) {
                    sum += numbers.get(row);
                }
            }
        }
        return sum;
    }

    private static void require(boolean holds, String numbers) {
        if (!holds) {
            throw new ShelfException(
                    ErrorCode.INTERNAL, "the small shelf is not as it should be: " + numbers);
        }
    }
}
