package dev.arrowshelf.cli.rehearsal;

import dev.arrowshelf.client.ClientOptions;
import dev.arrowshelf.client.ShelfClient;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/// A client that asks a daemon for everything clients ask for, many times over: tiny tables, large
/// ones, tables built in place, vector searches, figures, deletes, and most of it once more over
/// the network.
///
/// Used by one thread. Removes every table of the shelf that it is given.
public final class Rehearsal {
    private static final int TINY_ROWS = 10;
    private static final int LARGE_ROWS = 50_000;
    private static final String TABLE = "rehearsal-";

    private final int tinyRounds;
    private final int largeRounds;
    private final int searchRounds;
    private final BooleanSupplier stopped;

    private Rehearsal(int tinyRounds, int largeRounds, int searchRounds, BooleanSupplier stopped) {
        this.tinyRounds = tinyRounds;
        this.largeRounds = largeRounds;
        this.searchRounds = searchRounds;
        this.stopped = stopped;
    }

    /// Long enough for the virtual machine to learn which methods are hot: some seconds.
    static Rehearsal thorough() {
        return new Rehearsal(15_000, 300, 150, () -> false);
    }

    /// Long enough for what is known to be hot to be compiled: about a second. Ends early when told
    /// to.
    static Rehearsal brief(BooleanSupplier stopped) {
        return new Rehearsal(3_000, 60, 15, stopped);
    }

    /// The training run behind the daemon's AOT cache; takes the directory that the daemon serves.
    public static void main(String[] arguments) {
        thorough().run(Path.of(arguments[0]));
    }

    void run(Path directory) {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot tiny = rows(allocator, TINY_ROWS);
                VectorSchemaRoot large = rows(allocator, LARGE_ROWS);
                Shelf local = ShelfClient.connect(directory);
                SearchRehearsal search = new SearchRehearsal(local, directory, allocator)) {
            local(local, tiny, large);
            times(searchRounds, search::round);
            Address address = Address.parse(local.status().address());
            ClientOptions remote = ClientOptions.of(address).withForcedStreaming(true);
            try (Shelf streamed = ShelfClient.connect(remote)) {
                streamed(streamed, tiny, large);
            }
            local.deleteAll();
        }
    }

    private void local(Shelf shelf, VectorSchemaRoot tiny, VectorSchemaRoot large) {
        times(
                largeRounds,
                i -> {
                    shelf.put(TABLE + i % 10, large);
                    build(shelf, TABLE + i % 10, large);
                    shelf.status();
                });
        times(
                tinyRounds,
                i -> {
                    shelf.put(TABLE + i, tiny);
                    if (i > 1_000) {
                        shelf.delete(TABLE + (i - 1_000));
                    }
                });
        times(10, _ -> shelf.list());
    }

    private void streamed(Shelf shelf, VectorSchemaRoot tiny, VectorSchemaRoot large) {
        times(
                largeRounds,
                i -> {
                    shelf.put(TABLE, i % 2 == 0 ? tiny : large);
                    try (ShelfTable table = shelf.get(TABLE)) {
                        table.rowCount();
                    }
                });
    }

    private static void build(Shelf shelf, String name, VectorSchemaRoot like) {
        try (TableBuilder builder = shelf.builder(name, like.getSchema())) {
            VectorSchemaRoot root = builder.root(TINY_ROWS);
            for (FieldVector vector : root.getFieldVectors()) {
                vector.setValueCount(TINY_ROWS);
            }
            root.setRowCount(TINY_ROWS);
            builder.seal();
        }
    }

    private void times(int rounds, IntConsumer action) {
        for (int i = 0; i < rounds && !stopped.getAsBoolean(); i++) {
            action.accept(i);
        }
    }

    private static VectorSchemaRoot rows(BufferAllocator allocator, int rows) {
        BigIntVector numbers = new BigIntVector("number", allocator);
        Float8Vector values = new Float8Vector("value", allocator);
        VarCharVector names = new VarCharVector("name", allocator);
        BitVector flags = new BitVector("flag", allocator);
        for (int row = 0; row < rows; row++) {
            numbers.setSafe(row, row);
            values.setSafe(row, row / 7.0);
            names.setSafe(row, ("row " + row).getBytes(StandardCharsets.UTF_8));
            flags.setSafe(row, row & 1);
        }
        VectorSchemaRoot root = VectorSchemaRoot.of(numbers, values, names, flags);
        root.setRowCount(rows);
        return root;
    }
}
