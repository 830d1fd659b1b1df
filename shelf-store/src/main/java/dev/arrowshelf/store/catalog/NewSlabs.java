package dev.arrowshelf.store.catalog;

import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.function.LongSupplier;

/// Makes the files of slabs in memory. One thread at a time.
final class NewSlabs {
    private final ShelfDirectory directory;
    private final SlabSupply supply;
    private final LongSupplier generations;
    private final DiskSync disk;

    NewSlabs(ShelfDirectory directory, SlabSupply supply, LongSupplier generations, DiskSync disk) {
        this.directory = directory;
        this.supply = supply;
        this.generations = generations;
        this.disk = disk;
    }

    /// Makes an empty slab.
    ///
    /// Death before the rename: a file in `tmp/`, swept at start. After it: an empty slab.
    ///
    /// @param patient whether to wait for memory
    /// @throws dev.arrowshelf.store.model.ShelfException `OUT_OF_MEMORY`
    Slab make(boolean patient) throws IOException {
        long generation = generations.getAsLong();
        SlabSupply.Raw file = supply.create(SlabLayout.FILE_BYTES, patient);
        try {
            Slab slab = Slab.format(file, generation);
            try {
                Files.move(
                        file.handle().path(),
                        directory.slab(generation),
                        StandardCopyOption.ATOMIC_MOVE);
                disk.sync(directory.segments());
            } catch (IOException | RuntimeException failure) {
                slab.close();
                throw failure;
            }
            supply.placed(file);
            return slab;
        } catch (IOException | RuntimeException failure) {
            supply.abandon(file);
            throw failure;
        }
    }
}
