package dev.arrowshelf.store.catalog;

import dev.arrowshelf.memory.ForeignFileException;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.directory.ShelfFileName;
import dev.arrowshelf.store.directory.ShelfFileName.Kind;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillPlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds out what an earlier owner left: sweeps `tmp/`, reads descriptors, scans slabs, and lets
/// the highest generation of each key win.
///
/// Descriptors and slab records are the truth; the old control block is not read. Used once, by the
/// thread that opens the shelf; files are read on the common pool's threads. Nothing that a reader
/// of the old control block may still look up is removed here: that is left to the owner, after the
/// new block is in place. Only what does not fit its format is moved to `quarantine/` at once.
public final class Recovery {
    private final ShelfDirectory directory;
    private final Slabs slabs;
    private final Descriptors descriptors;
    private final SpilledFiles spilled;
    private final List<String> warnings = new ArrayList<>();
    private final Set<Long> putAside = new HashSet<>();
    private long highest;

    /// Knows what lies on disk.
    public interface SpilledFiles {
        /// Returns the file of a spilled partition.
        Path file(long generation, int partition, SpillPlace place);

        /// Returns the files of slabs on disk by their generations.
        Map<Long, Path> slabs();

        /// Returns the slabs that were on disk and were deleted by somebody else; each is told
        /// once.
        ///
        /// @param found those that are there
        List<Path> missingSlabs(Collection<Path> found) throws IOException;

        /// Takes a file out of service that does not fit its format.
        void quarantine(Path file) throws IOException;
    }

    /// Prepares the recovery of a directory whose slabs are adopted by `slabs`.
    public Recovery(ShelfDirectory directory, Slabs slabs, SpilledFiles spilled) {
        this.directory = directory;
        this.slabs = slabs;
        this.spilled = spilled;
        this.descriptors = new Descriptors(directory, new DiskSync(false));
    }

    /// Looks at everything once.
    public RecoveredShelf run() throws IOException {
        List<ShelfFileName> dead = sweepTmp();
        parsed(directory.pool()).forEach(this::seen);
        parsed(directory.quarantine()).forEach(this::seen);
        Collection<ShelfFileName> inSegments = parsed(directory.segments());
        inSegments.forEach(this::seen);
        List<Descriptor> tables = readDescriptors(inSegments);
        List<Slabs.Adopted> adopted = adoptSlabs(inSegments);
        List<Long> emptySlabs = slabs.adopted();

        Newest newest = new Newest();
        tables.forEach(newest::add);
        long resident = 0;
        for (Slabs.Adopted slab : adopted) {
            slab.damage().ifPresent(warnings::add);
            slab.records().forEach(newest::add);
            resident += Pages.of(slab.residentBytes());
        }
        highest = Math.max(highest, newest.highest());
        for (Descriptor table : tables) {
            resident += bytesOf(table);
        }
        List<ShelfFileName> orphans = orphans(inSegments, tables);
        RecoveredShelf.Leftovers leftovers =
                new RecoveredShelf.Leftovers(
                        newest.oldTables(), newest.oldRecords(), orphans, emptySlabs, dead);
        return new RecoveredShelf(
                newest.tables(),
                newest.records(),
                leftovers,
                resident,
                bytesIn(directory.quarantine()),
                highest,
                warnings);
    }

    private static long bytesOf(Descriptor table) {
        long bytes = Pages.of(table.fileBytes());
        for (Descriptor.Partition partition : table.partitions()) {
            bytes += partition.spilled() == null ? Pages.of(partition.bytes()) : 0;
        }
        return bytes;
    }

    private void seen(ShelfFileName name) {
        highest = Math.max(highest, name.generation());
    }

    private static Collection<ShelfFileName> parsed(Path place) throws IOException {
        return ShelfDirectory.names(place).stream()
                .map(ShelfFileName::parse)
                .flatMap(Optional::stream)
                .toList();
    }

    /// Removes what was being written; what was withdrawn may still be mapped and is only listed.
    private List<ShelfFileName> sweepTmp() throws IOException {
        List<ShelfFileName> dead = new ArrayList<>();
        for (String text : ShelfDirectory.names(directory.tmp())) {
            Optional<ShelfFileName> name = ShelfFileName.parse(text);
            name.ifPresent(this::seen);
            Path file = directory.tmp().resolve(text);
            if (name.isPresent()
                    && name.get().kind() == Kind.DEAD
                    && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                dead.add(name.get());
            } else {
                directory.discard(file);
            }
        }
        return dead;
    }

    private List<Descriptor> readDescriptors(Collection<ShelfFileName> inSegments)
            throws IOException {
        List<Long> generations = generations(parsed(directory.tables()), Kind.DESCRIPTOR);
        List<Finding<Descriptor>> findings = inParallel(generations, this::readTable);
        List<Descriptor> tables = new ArrayList<>(findings.size());
        for (Finding<Descriptor> finding : findings) {
            highest = Math.max(highest, finding.generation());
            if (finding.value() != null) {
                tables.add(finding.value());
            } else {
                putAsideTable(finding, inSegments);
            }
        }
        return tables;
    }

    private Descriptor readTable(long generation) throws IOException {
        Descriptor table = descriptors.read(generation);
        for (int i = 0; i < table.partitions().size(); i++) {
            Descriptor.Partition partition = table.partitions().get(i);
            SpillPlace place = partition.spilled();
            if (place == null) {
                requireSegment(directory.segment(generation, i), partition.bytes());
            } else {
                requireSpilled(spilled.file(generation, i, place), place, partition.bytes());
            }
        }
        return table;
    }

    private static void requireSegment(Path segment, long bytes) throws IOException {
        try {
            BasicFileAttributes facts =
                    Files.readAttributes(
                            segment, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!facts.isRegularFile() || facts.size() != bytes) {
                throw Damage.of(
                        "segment does not fit its descriptor: path=%s, bytes=%d, expected=%d",
                        segment, facts.size(), bytes);
            }
        } catch (NoSuchFileException _) {
            throw Damage.of("segment is missing: path=%s", segment);
        }
    }

    private static void requireSpilled(Path file, SpillPlace place, long bytes) throws IOException {
        if (place.codec() == SpillCodec.NONE) {
            requireSegment(file, bytes);
        } else if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw Damage.of("spilled partition is missing: path=%s", file);
        }
    }

    private List<Slabs.Adopted> adoptSlabs(Collection<ShelfFileName> inSegments)
            throws IOException {
        List<Slabs.Adopted> adopted = new ArrayList<>();
        for (Finding<Slabs.Adopted> finding :
                inParallel(generations(inSegments, Kind.SLAB), slabs::adopt)) {
            if (finding.value() != null) {
                adopted.add(finding.value());
            } else {
                putAside(directory.slab(finding.generation()), finding.problem());
            }
        }
        adoptStored(adopted);
        return adopted;
    }

    /// Of a table that is in memory and on disk the one in memory is kept: it comes first.
    private void adoptStored(List<Slabs.Adopted> adopted) throws IOException {
        Map<Long, Path> stored = spilled.slabs();
        for (Path missing : spilled.missingSlabs(stored.values())) {
            warnings.add("slab on disk is missing, its small tables are lost: file=" + missing);
        }
        List<Long> generations = List.copyOf(stored.keySet());
        for (Finding<Slabs.Adopted> finding :
                inParallel(generations, each -> slabs.adoptStored(fileOf(stored, each), each))) {
            highest = Math.max(highest, finding.generation());
            if (finding.value() != null) {
                adopted.add(finding.value());
            } else {
                Path file = fileOf(stored, finding.generation());
                warnings.add("put aside: file=%s: %s".formatted(file, finding.problem()));
                spilled.quarantine(file);
            }
        }
    }

    private static Path fileOf(Map<Long, Path> stored, long generation) {
        return Objects.requireNonNull(stored.get(generation));
    }

    private static List<Long> generations(Collection<ShelfFileName> names, Kind kind) {
        return names.stream()
                .filter(name -> name.kind() == kind)
                .map(ShelfFileName::generation)
                .toList();
    }

    private List<ShelfFileName> orphans(
            Collection<ShelfFileName> inSegments, List<Descriptor> tables) {
        Map<Long, List<Descriptor.Partition>> partitions = new HashMap<>();
        tables.forEach(table -> partitions.put(table.generation(), table.partitions()));
        return inSegments.stream()
                .filter(name ->
                        name.kind() == Kind.SEGMENT && !putAside.contains(name.generation()))
                .filter(name ->
                        !isNamed(
                                partitions.getOrDefault(name.generation(), List.of()),
                                name.partition()))
                .toList();
    }

    /// A segment beside a spilled partition is a restore that was cut short, or what a spill left.
    private static boolean isNamed(List<Descriptor.Partition> table, int partition) {
        return partition < table.size() && table.get(partition).spilled() == null;
    }

    private void putAsideTable(Finding<Descriptor> finding, Collection<ShelfFileName> inSegments)
            throws IOException {
        putAside(directory.descriptor(finding.generation()), finding.problem());
        for (ShelfFileName name : inSegments) {
            if (name.kind() == Kind.SEGMENT && name.generation() == finding.generation()) {
                directory.quarantine(directory.segment(name.generation(), name.partition()));
            }
        }
        putAside.add(finding.generation());
    }

    private void putAside(Path file, String problem) throws IOException {
        warnings.add(
                "put aside in quarantine/: file=%s: %s".formatted(file.getFileName(), problem));
        directory.quarantine(file);
    }

    private static long bytesIn(Path place) throws IOException {
        long bytes = 0;
        for (String name : ShelfDirectory.names(place)) {
            BasicFileAttributes facts =
                    Files.readAttributes(
                            place.resolve(name),
                            BasicFileAttributes.class,
                            LinkOption.NOFOLLOW_LINKS);
            bytes += facts.isRegularFile() ? Pages.of(facts.size()) : 0;
        }
        return bytes;
    }

    /// What came of one file: a value, or the problem with it.
    private record Finding<T>(long generation, @Nullable T value, String problem) {}

    private interface Reading<T> {
        T read(long generation) throws IOException;
    }

    /// Reads files on several threads. Damage is a finding; a failing system ends the recovery.
    private static <T> List<Finding<T>> inParallel(List<Long> generations, Reading<T> reading)
            throws IOException {
        try {
            return generations.parallelStream()
                    .map(generation -> finding(generation, reading))
                    .toList();
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    private static <T> Finding<T> finding(long generation, Reading<T> reading) {
        try {
            return new Finding<>(generation, reading.read(generation), "");
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.CORRUPT) {
                return new Finding<>(generation, null, String.valueOf(failure.getMessage()));
            }
            throw failure;
        } catch (ForeignFileException failure) { // planted: a link, a pipe, somebody else's file
            return new Finding<>(generation, null, String.valueOf(failure.getMessage()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
