package dev.arrowshelf.store.spill;

import dev.arrowshelf.memory.DirectoryProbe;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.catalog.Recovery;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.directory.ShelfFileName;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillOptions;
import dev.arrowshelf.store.model.SpillPlace;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The partitions of a shelf that lie on disk, in one or several spill directories.
///
/// Thread-safe: each file is written by one thread once, and never changed. The symbolic links
/// `spill/<number>` in the shelf's directory say which directory has which number, for readers and
/// for the next owner. A directory that fails is passed over, as long as another one is left.
public final class SpillStore implements Recovery.SpilledFiles {
    private static final Logger LOG = System.getLogger(SpillStore.class.getName());
    private static final int SEALED_MODE = 0400;
    private static final int SLAB_MODE = 0600;

    private final ShelfDirectory shelf;
    private final SpillOptions options;
    private final SlabInventory inventory;
    private final List<SpillFolder> folders = new ArrayList<>();
    private final List<Integer> inUse = new ArrayList<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong writtenBytes = new AtomicLong();
    private final AtomicLong readBytes = new AtomicLong();

    /// Takes up the directories that an earlier owner used, and those of the options.
    public SpillStore(ShelfDirectory shelf, UUID shelfId, SpillOptions options) throws IOException {
        this.shelf = shelf;
        this.options = options;
        this.inventory = new SlabInventory(shelf.spill());
        List<Path> known = new ArrayList<>();
        for (int number = 0; Files.isSymbolicLink(link(number)); number++) {
            Path folder = Files.readSymbolicLink(link(number));
            known.add(folder);
            Path directory = folder.getParent() == null ? folder : folder.getParent();
            folders.add(new SpillFolder(directory, shelf.root(), shelfId));
        }
        for (Path directory : options.directoriesOrDefault()) {
            SpillFolder folder = new SpillFolder(directory, shelf.root(), shelfId);
            int number = known.indexOf(folder.path());
            if (number < 0) {
                number = folders.size();
                folders.add(folder);
            }
            inUse.add(number);
        }
    }

    private Path link(int number) {
        return shelf.spill().resolve(Integer.toString(number));
    }

    /// Removes what no descriptor names, and what belongs to shelves that are no more. Failures are
    /// logged: leftovers cost room, nothing else.
    ///
    /// @param referenced the files that are some table's
    public void sweep(Collection<Path> referenced) {
        Set<Path> kept = new HashSet<>(referenced);
        for (SpillFolder folder : folders) {
            try {
                for (Path file : folder.files()) {
                    if (kept.contains(file)) {
                        bytes.addAndGet(Files.size(file));
                    } else {
                        folder.remove(file);
                    }
                }
                folder.removeAbandoned();
            } catch (IOException | RuntimeException failure) {
                LOG.log(
                        Level.WARNING,
                        "spill directory cannot be swept: directory=" + folder.path(),
                        failure);
            }
        }
    }

    @Override
    public Map<Long, Path> slabs() {
        Map<Long, Path> slabs = new HashMap<>();
        for (SpillFolder folder : folders) {
            for (Path file : filesOf(folder)) {
                ShelfFileName.parse(String.valueOf(file.getFileName()))
                        .filter(name -> name.kind() == ShelfFileName.Kind.SLAB)
                        .ifPresent(name -> slabs.put(name.generation(), file));
            }
        }
        return slabs;
    }

    /// A directory that cannot be read has nothing now, and keeps what it has.
    private static List<Path> filesOf(SpillFolder folder) {
        try {
            return folder.files();
        } catch (IOException failure) {
            LOG.log(
                    Level.WARNING,
                    "spill directory cannot be read: directory=" + folder.path(),
                    failure);
            return List.of();
        }
    }

    @Override
    public List<Path> missingSlabs(Collection<Path> found) throws IOException {
        for (Path slab : found) {
            inventory.add(slab);
        }
        return inventory.takeMissing();
    }

    @Override
    public void quarantine(Path file) throws IOException {
        inventory.remove(file);
        SpillFolder.quarantine(file);
    }

    /// Removes a slab that no table needs any more; who has it mapped keeps it.
    public void removeSlab(Path file) {
        try {
            long size = Files.size(file);
            inventory.remove(file);
            Files.deleteIfExists(file);
            bytes.addAndGet(-size);
        } catch (IOException failure) {
            LOG.log(Level.DEBUG, "slab on disk cannot be removed: path=" + file, failure);
        }
    }

    /// Returns where a spilled partition lies.
    @Override
    public Path file(long generation, int partition, SpillPlace place) {
        if (place.directory() >= folders.size()) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "partition lies in an unknown spill directory: number=%d, known=%d"
                            .formatted(place.directory(), folders.size()));
        }
        return folders.get(place.directory()).file(generation, partition, place.codec());
    }

    /// Writes a partition to disk, and returns when it is there for good. Directories are tried in
    /// the order of their free room.
    ///
    /// Death on the way: a draft, swept at the next start.
    ///
    /// @throws IOException when no directory takes it; nothing is left behind then
    public SpillPlace write(long generation, int partition, MemorySegment segment)
            throws IOException {
        return writeSomewhere((number, folder) -> {
            Path file = folder.file(generation, partition, options.codec());
            int crc = write(folder, file, SEALED_MODE, segment, options.codec());
            return new SpillPlace(number, options.codec(), crc);
        });
    }

    /// Writes a slab to disk likewise, as it is, and returns its file.
    public Path writeSlab(long generation, MemorySegment slab) throws IOException {
        return writeSomewhere((_, folder) -> {
            Path file = folder.slab(generation);
            write(folder, file, SLAB_MODE, slab, SpillCodec.NONE);
            inventory.add(file);
            return file;
        });
    }

    @FunctionalInterface
    private interface Writing<T> {
        T into(int number, SpillFolder folder) throws IOException;
    }

    private <T> T writeSomewhere(Writing<T> writing) throws IOException {
        @Nullable IOException first = null;
        for (int number : byRoom()) {
            SpillFolder folder = folders.get(number);
            try {
                folder.make();
                publishLink(number);
                return writing.into(number, folder);
            } catch (IOException failure) {
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }
        throw first == null ? new IOException("there is no spill directory") : first;
    }

    /// Returns the CRC-32 of the content; leaves nothing behind where it fails.
    private int write(
            SpillFolder folder, Path path, int mode, MemorySegment content, SpillCodec codec)
            throws IOException {
        try {
            int crc;
            long stored;
            try (FileHandle file = folder.draft(path, mode)) {
                crc = StoredBytes.write(file, content, codec, options.level());
                stored = file.size();
            }
            folder.finish(path);
            bytes.addAndGet(stored);
            writtenBytes.addAndGet(content.byteSize());
            return crc;
        } catch (IOException failure) {
            try {
                SpillFolder.discard(path);
            } catch (IOException second) { // the directory itself is gone, or no directory
                failure.addSuppressed(second);
            }
            throw failure;
        }
    }

    private synchronized void publishLink(int number) throws IOException {
        if (!Files.isDirectory(shelf.spill(), LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(shelf.spill());
        }
        for (int each = 0; each <= number; each++) {
            if (!Files.isSymbolicLink(link(each))) {
                Files.createSymbolicLink(link(each), folders.get(each).path());
            }
        }
    }

    private List<Integer> byRoom() {
        if (inUse.size() == 1) {
            return inUse;
        }
        List<Integer> order = new ArrayList<>(inUse);
        order.sort((a, b) -> Long.compare(room(b), room(a)));
        return order;
    }

    private long room(int number) {
        for (@Nullable Path place = folders.get(number).path();
                place != null;
                place = place.getParent()) {
            if (Files.isDirectory(place)) {
                try {
                    return DirectoryProbe.freeBytes(place);
                } catch (IOException _) { // unreadable: tried last
                    return 0;
                }
            }
        }
        return 0;
    }

    /// Reads a partition back and checks it; a damaged file is put aside.
    ///
    /// @throws ShelfException `CORRUPT`
    public void read(
            long generation,
            int partition,
            SpillPlace place,
            long contentBytes,
            StoredBytes.Target target)
            throws IOException {
        Path path = file(generation, partition, place);
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            StoredBytes.read(file, contentBytes, place.codec(), place.crc(), target);
            readBytes.addAndGet(contentBytes);
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.CORRUPT) {
                SpillFolder.quarantine(path);
            }
            throw failure;
        }
    }

    /// Removes a spilled partition that no table needs any more; who has it mapped keeps it.
    public void remove(long generation, int partition, SpillPlace place) {
        Path path = file(generation, partition, place);
        try {
            long size = Files.size(path);
            folders.get(place.directory()).remove(path);
            bytes.addAndGet(-size);
        } catch (IOException failure) {
            LOG.log(Level.DEBUG, "spilled partition cannot be removed: path=" + path, failure);
        }
    }

    /// Removes all folders of this shelf.
    public void removeAll() {
        for (SpillFolder folder : folders) {
            try {
                folder.removeAll();
            } catch (IOException failure) {
                LOG.log(
                        Level.WARNING,
                        "spill folder cannot be removed: folder=" + folder.path(),
                        failure);
            }
        }
    }

    /// Returns the bytes of the files of spilled partitions.
    public long bytes() {
        return bytes.get();
    }

    /// Returns how many bytes were ever spilled, before compression.
    public long writtenBytes() {
        return writtenBytes.get();
    }

    /// Returns how many bytes were ever read back, after decompression.
    public long readBytes() {
        return readBytes.get();
    }
}
