package dev.arrowshelf.store.persist;

import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.pool.WarmPool;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Descriptors;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.ipc.SegmentFile;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.model.TableAttributes;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.publish.Catalogue;
import dev.arrowshelf.store.publish.CrashPoint;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.publish.Surroundings;
import dev.arrowshelf.store.publish.TableEntry;
import dev.arrowshelf.store.space.Space;
import dev.arrowshelf.store.spill.Crc;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Takes tables out of the shelf into a [ColdTier] and back. Thread-safe.
///
/// The manifest is a descriptor in which every partition is spilled: its checksum guards itself,
/// its partitions' ones their bytes.
public final class TableTransfer {
    private static final int TRIES = 8;

    private final ShelfDirectory directory;
    private final Catalogue catalogue;
    private final Slabs slabs;
    private final SpillStore spills;
    private final Publisher publisher;
    private final Space space;
    private final Surroundings here;
    private final Recalling recalling;
    private final SmallPut smallPut;

    /// Makes a spilled table readable.
    @FunctionalInterface
    public interface Recalling {
        /// Brings partitions back, or checks them on disk.
        void recall(TableKey key) throws IOException;
    }

    /// Puts a small table's stream.
    @FunctionalInterface
    public interface SmallPut {
        /// Puts it, as any client does.
        TableInfo put(TableKey key, MemorySegment stream, PutOptions options);
    }

    /// Works between one shelf and any tiers.
    public TableTransfer(
            ShelfDirectory directory,
            Catalogue catalogue,
            Slabs slabs,
            SpillStore spills,
            Publisher publisher,
            Space space,
            Surroundings here,
            Recalling recalling,
            SmallPut smallPut) {
        this.directory = directory;
        this.catalogue = catalogue;
        this.slabs = slabs;
        this.spills = spills;
        this.publisher = publisher;
        this.space = space;
        this.here = here;
        this.recalling = recalling;
        this.smallPut = smallPut;
    }

    /// Returns the name that a manifest gives its table.
    ///
    /// @throws ShelfException `CORRUPT`
    public static String nameIn(byte[] manifest) {
        return Descriptors.decode(manifest).key().text();
    }

    /// Returns the generation that a manifest gives its table.
    ///
    /// @throws ShelfException `CORRUPT`
    public static long generationIn(byte[] manifest) {
        return Descriptors.decode(manifest).generation();
    }

    /// Returns when a manifest's table ends, milliseconds since 1970; 0 is never.
    ///
    /// @throws ShelfException `CORRUPT`
    public static long expiresMillisIn(byte[] manifest) {
        return Descriptors.decode(manifest).attributes().expiresMillis();
    }

    /// Stores a table in a tier; false when the key names nothing. The table stays on the shelf.
    public boolean store(TableKey key, ColdTier tier) throws IOException {
        for (int tries = 1; ; tries++) {
            recalling.recall(key);
            TableEntry entry = catalogue.find(key);
            if (entry == null) {
                return false;
            }
            try {
                switch (entry) {
                    case TableEntry.InSlab inSlab -> storeSmall(key, inSlab, tier);
                    case TableEntry.InSegments inSegments -> storeSegments(key, inSegments, tier);
                }
                return true;
            } catch (NoSuchFileException moved) { // replaced, or spilled, since it was looked up
                if (tries == TRIES) {
                    throw moved;
                }
            }
        }
    }

    private void storeSmall(TableKey key, TableEntry.InSlab entry, ColdTier tier)
            throws IOException {
        byte[] payload = slabs.payload(entry.place());
        if (payload == null) {
            throw new NoSuchFileException("slab of " + key.text());
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment stream = arena.allocate(payload.length);
            stream.copyFrom(MemorySegment.ofArray(payload));
            Descriptor.Partition whole =
                    new Descriptor.Partition(
                            entry.figures().rows(), payload.length, 0, place(stream, tier));
            tier.store(outgoing(key, entry, new byte[0], List.of(whole), List.of(stream)));
        }
    }

    private void storeSegments(TableKey key, TableEntry.InSegments entry, ColdTier tier)
            throws IOException {
        List<Region> regions = new ArrayList<>();
        try (WarmPool.Hold _ = space.holdPool()) {
            List<Descriptor.Partition> described = new ArrayList<>();
            List<MemorySegment> contents = new ArrayList<>();
            byte[] schema = new byte[0];
            int number = 0;
            for (Descriptor.Partition partition : entry.segments()) {
                Region region = Region.mapReadOnly(pathOf(entry.generation(), number, partition));
                regions.add(region);
                if (number == 0) {
                    schema =
                            SegmentFile.read(region.segment())
                                    .schema()
                                    .metadata()
                                    .toArray(ValueLayout.JAVA_BYTE);
                }
                contents.add(region.segment());
                described.add(
                        new Descriptor.Partition(
                                partition.rows(),
                                partition.bytes(),
                                partition.batches(),
                                place(region.segment(), tier)));
                number++;
            }
            tier.store(outgoing(key, entry, schema, described, contents));
        } finally {
            regions.forEach(Region::close);
        }
    }

    private Path pathOf(long generation, int number, Descriptor.Partition partition) {
        SpillPlace place = partition.spilled();
        return place == null
                ? directory.segment(generation, number)
                : spills.file(generation, number, place);
    }

    private OutgoingTable outgoing(
            TableKey key,
            TableEntry entry,
            byte[] schema,
            List<Descriptor.Partition> described,
            List<MemorySegment> contents) {
        Catalogue.Use use = catalogue.use(key);
        TableAttributes attributes = entry.attributes();
        if (use != null && use.generation() == entry.generation()) {
            attributes =
                    attributes
                            .expiringAt(use.lifetime().expiresMillis())
                            .idleAtMost(use.lifetime().mostIdleMillis());
        }
        Descriptor manifest =
                new Descriptor(
                        key,
                        entry.generation(),
                        entry.figures().createdMillis(),
                        entry.figures().columns(),
                        schema,
                        described,
                        attributes);
        return new OutgoingTable(
                key.text(), entry.generation(), Descriptors.encode(manifest), contents);
    }

    private static SpillPlace place(MemorySegment content, ColdTier tier) {
        int crc = tier.checksBytes() ? 0 : Crc.of(content);
        return new SpillPlace(0, SpillCodec.NONE, crc);
    }

    /// Puts a table of a tier on the shelf, under its own key or another; null when the tier has
    /// none of that name, or its time is over.
    ///
    /// @throws ShelfException `CORRUPT`, `INVALID_IPC`, `OUT_OF_MEMORY`, `ALREADY_EXISTS`
    public @Nullable TableInfo load(String name, TableKey key, PutOptions options, ColdTier tier)
            throws IOException {
        try (IncomingTable table = tier.fetch(name)) {
            if (table == null) {
                return null;
            }
            Descriptor manifest = Descriptors.decode(table.manifest());
            Optional<Retention> kept = retention(manifest.attributes(), options.retention());
            if (kept.isEmpty()) {
                return null;
            }
            PutOptions put = options.withRetention(kept.get());
            boolean small =
                    manifest.partitions().size() == 1
                            && manifest.partitions().getFirst().batches() == 0
                            && manifest.schema().length == 0;
            return small
                    ? loadSmall(table, manifest, key, put)
                    : loadSegments(table, manifest, key, put);
        }
    }

    /// What is left of a table's time; what the caller says counts more. Empty when it is over.
    private Optional<Retention> retention(TableAttributes stored, Retention said) {
        Optional<Duration> timeToLive = said.timeToLive();
        if (timeToLive.isEmpty() && stored.expiresMillis() != 0) {
            long left = stored.expiresMillis() - here.clock().millis();
            if (left <= 0) {
                return Optional.empty();
            }
            timeToLive = Optional.of(Duration.ofMillis(left));
        }
        Optional<Duration> mostIdle =
                said.mostIdle().or(() -> Optional.of(Duration.ofMillis(stored.mostIdleMillis())));
        String metadata = said.metadata().isEmpty() ? stored.metadata() : said.metadata();
        return Optional.of(
                new Retention(timeToLive.or(() -> Optional.of(Duration.ZERO)), mostIdle, metadata));
    }

    private TableInfo loadSmall(
            IncomingTable table, Descriptor manifest, TableKey key, PutOptions put)
            throws IOException {
        Descriptor.Partition whole = manifest.partitions().getFirst();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment stream = arena.allocate(whole.bytes());
            table.read(List.of(new IncomingTable.Part(whole.bytes(), crc(whole), stream::asSlice)));
            return smallPut.put(key, stream, put);
        }
    }

    private TableInfo loadSegments(
            IncomingTable table, Descriptor manifest, TableKey key, PutOptions put)
            throws IOException {
        publisher.requireReplaceable(key, put.replace());
        List<SegmentLanding> landings = new ArrayList<>();
        List<IncomingTable.Part> parts = new ArrayList<>();
        for (Descriptor.Partition partition : manifest.partitions()) {
            SegmentLanding landing = new SegmentLanding(space, partition, put.validateUtf8());
            landings.add(landing);
            parts.add(new IncomingTable.Part(partition.bytes(), crc(partition), landing));
        }
        List<Publisher.Sealed> sealed = new ArrayList<>();
        // Receiving and checking want all processors; pages for the next table have time.
        try (WarmPool.Hold _ = space.holdPool()) {
            table.read(parts);
            for (SegmentLanding landing : landings) {
                sealed.add(landing.sealed());
            }
        } catch (IOException | RuntimeException failure) {
            landings.forEach(SegmentLanding::giveBack);
            throw failure;
        }
        here.reached(CrashPoint.Step.LOAD_SEALED);
        try (Region region = Region.mapReadOnly(sealed.getFirst().file().path())) {
            SegmentFile first = SegmentFile.read(region.segment());
            return publisher.publish(key, put, first.schema(), sealed);
        }
    }

    private static int crc(Descriptor.Partition partition) {
        SpillPlace place = partition.spilled();
        if (place == null) {
            throw new ShelfException(ErrorCode.CORRUPT, "manifest has no checksum of a partition");
        }
        return place.crc();
    }
}
