package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.directory.ShelfDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Gives slabs files full of old bytes, as recycled ones are, and removes retired ones.
final class TestSlabSupply implements SlabSupply {
    private final ShelfDirectory directory;
    private final List<Long> retired = new ArrayList<>();
    private int files;
    private int room = Integer.MAX_VALUE;

    TestSlabSupply(ShelfDirectory directory) {
        this.directory = directory;
    }

    void room(int slabs) {
        room = slabs;
    }

    List<Long> retired() {
        return retired;
    }

    @Override
    public Raw create(long bytes, boolean patient) throws IOException {
        if (files >= room) {
            throw new IOException("no room");
        }
        FileHandle file = FileHandle.create(directory.tmp().resolve("blank-" + files++), 0600);
        byte[] old = new byte[(int) bytes];
        Arrays.fill(old, (byte) 0x5a);
        file.write(MemorySegment.ofArray(old), 0);
        return new Raw(file, bytes);
    }

    @Override
    public void abandon(Raw file) {
        file.handle().close();
        try {
            Files.deleteIfExists(file.handle().path());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void placed(Raw file) {
        file.handle().close();
    }

    @Override
    public void retire(long slab, long bytes) {
        retired.add(slab);
        try {
            Files.delete(directory.slab(slab));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void removeStored(Path file) {
        try {
            Files.delete(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
