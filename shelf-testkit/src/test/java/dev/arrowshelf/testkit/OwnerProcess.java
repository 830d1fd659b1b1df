package dev.arrowshelf.testkit;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ShelfOptions;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/// Main class of a process that owns a shelf and puts versions of a table until it is killed.
final class OwnerProcess {
    private OwnerProcess() {}

    public static void main(String[] arguments) {
        int rows = Integer.parseInt(arguments[1]);
        ShelfOptions options =
                ShelfOptions.of(Path.of(arguments[0]))
                        .withMemoryLimit(ByteSize.parse("512MiB"))
                        .withWarmPool(ByteSize.parse("16MiB"));
        try (BufferAllocator allocator = new RootAllocator();
                Shelf shelf = Shelf.open(options)) {
            System.out.println("ready");
            for (long version = 1; version < 1_000_000; version++) {
                try (VectorSchemaRoot root = Versioned.root(allocator, rows, version)) {
                    shelf.put("t" + version % 5, root);
                }
                System.out.println("put " + version);
            }
        }
    }
}
