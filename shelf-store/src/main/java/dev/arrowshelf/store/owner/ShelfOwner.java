package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.control.MemoryFigures;
import dev.arrowshelf.memory.owner.ShelfOwnedException;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.SlabPayload;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.persist.ColdTier;
import dev.arrowshelf.store.persist.DirectoryTier;
import dev.arrowshelf.store.persist.TableTransfer;
import dev.arrowshelf.store.publish.CrashPoint;
import dev.arrowshelf.store.publish.SlabMovements;
import dev.arrowshelf.store.space.Failures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The owner of one shelf directory: puts, replaces and deletes its tables. One process at a time
/// can be it.
///
/// Thread-safe. Puts of different keys run at the same time. [#close] ends puts under way, stops
/// the background threads and leaves the tables (unless the shelf is ephemeral); every other method
/// then fails with `CLOSED`. `docs/concurrency.md` says which lock guards what.
public final class ShelfOwner implements AutoCloseable {
    /// Most bytes of a key in UTF-8.
    public static final int KEY_LIMIT = TableKey.LIMIT_BYTES;

    private static final Logger LOG = System.getLogger(ShelfOwner.class.getName());
    private static final long CLOSE_SECONDS = 10;

    private final ShelfOptions options;
    private final OwnerParts parts;
    private final Keeper keeper;
    private final Gate gate;
    private final PutEngine puts;
    private final StatusReport report;
    private final TableTransfer transfer;
    private final SlabMovements slabMovements;

    private ShelfOwner(ShelfOptions options, InstantSource clock, CrashPoint crash)
            throws IOException {
        this.options = options;
        this.keeper = new Keeper(new Rounds());
        this.parts = new OwnerParts(options, clock, crash, keeper::wake);
        this.gate = new Gate(parts.here().directory().root());
        this.puts =
                new PutEngine(
                        gate,
                        parts.space(),
                        new Sealer(parts.space(), parts.here().features(), crash),
                        parts.publisher());
        this.slabMovements = parts.publisher().slabMovements();
        this.report = new StatusReport(options, parts);
        this.transfer =
                new TableTransfer(
                        parts.here().directory(),
                        parts.catalogue(),
                        parts.slabs(),
                        parts.spills(),
                        parts.publisher(),
                        parts.space(),
                        parts.here(),
                        parts.cache()::recall,
                        (key, stream, put) -> putSmall(key.bytes(), stream, put));
    }

    /// Becomes the owner of a directory, which is created if missing, and recovers the tables in
    /// it.
    ///
    /// @throws ShelfException `SHELF_OWNED` naming the pid that owns it already; `FORBIDDEN`,
    ///   `INVALID_ARGUMENT`, `IO`, `OUT_OF_MEMORY`
    public static ShelfOwner open(ShelfOptions options) {
        return open(options, InstantSource.system(), CrashPoint.NONE);
    }

    static ShelfOwner open(ShelfOptions options, InstantSource clock, CrashPoint crash) {
        try {
            ShelfOwner owner = new ShelfOwner(options, clock, crash);
            owner.start();
            return owner;
        } catch (ShelfOwnedException failure) {
            throw new ShelfException(
                    ErrorCode.SHELF_OWNED, String.valueOf(failure.getMessage()), failure);
        } catch (IOException failure) {
            throw Failures.of(failure);
        } catch (UncheckedIOException failure) {
            throw Failures.of(new IOException(failure));
        }
    }

    private void start() {
        parts.pool().start();
        parts.cache().start();
        keeper.start();
    }

    /// Begins a put whose writer faults cold pages in itself. The first message is the schema;
    /// dictionary and record batches may follow, here or by append.
    public PutTransaction beginPut(byte[] key, PutOptions put, List<IpcMessage> messages) {
        return beginPut(key, put, messages, ColdPages.WRITER_POPULATES);
    }

    /// Begins a put and says who gives pages to cold parts of its files.
    ///
    /// @throws ShelfException `INVALID_KEY`, `ALREADY_EXISTS`, `INVALID_IPC`, `UNSUPPORTED_IPC`,
    ///   `OUT_OF_MEMORY`
    public PutTransaction beginPut(
            byte[] key, PutOptions put, List<IpcMessage> messages, ColdPages coldPages) {
        return PutTransaction.begin(puts, TableKey.of(key), kept(put), coldPages, messages);
    }

    /// Puts a whole IPC stream in one step: into a slab when it is small enough, into a segment
    /// otherwise.
    ///
    /// @throws ShelfException `INVALID_KEY`, `ALREADY_EXISTS`, `INVALID_IPC`, `UNSUPPORTED_IPC`,
    ///   `OUT_OF_MEMORY`
    public TableInfo putSmall(byte[] key, MemorySegment stream, PutOptions put) {
        TableKey checked = TableKey.of(key);
        PutOptions kept = kept(put);
        try (Gate.Passage _ = gate.enter()) {
            if (options.smallTableLimit() > 0 && !kept.retention().needsDescriptor()) {
                SlabPayload payload =
                        SlabPayload.compose(stream, put.validateUtf8(), options.smallTableLimit());
                if (payload.fits()) {
                    return parts.publisher().publish(checked, kept, payload);
                }
            }
        } catch (ShelfException failure) {
            if (failure.code() != ErrorCode.OUT_OF_MEMORY) {
                throw failure;
            } // no room for a whole slab: perhaps for the table alone
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
        return StreamPut.put(puts, checked, kept, stream);
    }

    private PutOptions kept(PutOptions put) {
        return put.withRetention(put.retention().orElse(options.cache().retention()));
    }

    /// Begins a table that is built in place, with room for `capacity` bytes of buffers, whose
    /// writer faults cold pages in itself.
    public InPlacePut beginInPlace(byte[] key, long capacity, PutOptions put) {
        return beginInPlace(key, capacity, put, ColdPages.WRITER_POPULATES);
    }

    /// Begins a table that is built in place and says who gives pages to cold parts of the file.
    ///
    /// @throws ShelfException `INVALID_KEY`, `ALREADY_EXISTS`, `INVALID_ARGUMENT`, `OUT_OF_MEMORY`
    public InPlacePut beginInPlace(byte[] key, long capacity, PutOptions put, ColdPages coldPages) {
        return InPlacePut.begin(puts, TableKey.of(key), kept(put), coldPages, capacity);
    }

    /// Deletes a table and returns whether it existed. Readers keep what they have mapped.
    public boolean delete(byte[] key) {
        TableKey checked = TableKey.of(key);
        return inside(() -> parts.publisher().delete(checked));
    }

    /// Deletes a table if it is still of a generation, and returns whether it was.
    public boolean delete(byte[] key, long generation) {
        TableKey checked = TableKey.of(key);
        return inside(
                () -> parts.publisher().delete(checked, now -> now.generation() == generation));
    }

    /// Deletes all tables and returns how many there were, the shelf's own not counted. Readers
    /// keep what they have mapped.
    public long deleteAll() {
        long own = internalKeys().size();
        return inside(() -> Math.max(0, parts.publisher().deleteAll() - own));
    }

    /// Returns the keys of all tables but the shelf's own, in no order.
    public List<byte[]> keys() {
        return keysOfAll().stream().filter(key -> !TableKey.isInternal(key)).toList();
    }

    /// Returns the keys of the shelf's own tables, in no order.
    public List<byte[]> internalKeys() {
        return keysOfAll().stream().filter(TableKey::isInternal).toList();
    }

    private List<byte[]> keysOfAll() {
        return inside(() -> parts.catalogue().keys());
    }

    /// Returns facts about a table, or null when there is none.
    public @Nullable TableInfo info(byte[] key) {
        TableKey checked = TableKey.of(key);
        try (Gate.Passage _ = gate.enter()) {
            return parts.catalogue().info(checked);
        }
    }

    /// Returns everything known about a table, or null when there is none.
    public @Nullable TableDetails details(byte[] key) {
        TableKey checked = TableKey.of(key);
        try (Gate.Passage _ = gate.enter()) {
            return parts.cache().details(checked);
        }
    }

    /// Says that a table was used now, and perhaps how long it lives from now on (zero: for ever)
    /// and may go unused (zero: any time); false when there is none.
    public boolean touch(byte[] key, Optional<Duration> timeToLive, Optional<Duration> mostIdle) {
        TableKey checked = TableKey.of(key);
        return inside(() -> parts.cache().touch(checked, timeToLive, mostIdle));
    }

    /// Makes a table readable whose partitions may lie on disk: they are brought back, or checked
    /// for readers to map them there.
    ///
    /// @throws ShelfException `CORRUPT` when the bytes on disk are damaged, `OUT_OF_MEMORY`
    public Recaller.Answer recall(byte[] key) {
        TableKey checked = TableKey.of(key);
        return inside(() -> parts.cache().recall(checked));
    }

    /// Makes one partition of a table readable, if the key still names this generation.
    ///
    /// @throws ShelfException `CORRUPT` when the bytes on disk are damaged, `OUT_OF_MEMORY`
    public Recaller.Answer recall(byte[] key, long generation, int partition) {
        TableKey checked = TableKey.of(key);
        return inside(() -> parts.cache().recall(checked, generation, partition));
    }

    /// Spills a table now, as far as nobody has it mapped; returns the bytes that left memory.
    public long spill(byte[] key) {
        TableKey checked = TableKey.of(key);
        return inside(() -> parts.cache().spill(checked));
    }

    /// Names somebody who is called, on the evictor's thread, before a table is dropped for lack of
    /// memory, and may store it elsewhere. Tables of the shelf's own are left out.
    public void beforeDrop(Consumer<byte[]> keeper) {
        parts.cache()
                .beforeDrop(key -> {
                    if (!TableKey.isInternal(key.bytes())) {
                        keeper.accept(key.bytes());
                    }
                });
    }

    /// Returns a directory as a tier that stores as this shelf spills.
    public ColdTier directoryTier(Path directory) {
        return new DirectoryTier(
                directory, options.cache().spill().codec(), options.cache().spill().level());
    }

    /// Writes a table to a directory; false when there is none.
    ///
    /// @param durable whether to wait until it is on the disk
    public boolean persist(byte[] key, Path directory, SpillCodec codec, boolean durable) {
        int level = options.cache().spill().level();
        return store(
                key, new DirectoryTier(directory, codec, level, durable, parts.here().crash()));
    }

    /// Returns the names of the tables that were persisted in a directory.
    public List<String> persisted(Path directory) {
        try (ColdTier tier = directoryTier(directory)) {
            return tier.names();
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
    }

    /// Removes a persisted table from a directory; false when there is none.
    public boolean forgetPersisted(String name, Path directory) {
        try (ColdTier tier = directoryTier(directory)) {
            return tier.remove(name);
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
    }

    /// Stores a table in a tier, whole; false when there is none. It stays on the shelf.
    public boolean store(byte[] key, ColdTier tier) {
        TableKey checked = TableKey.of(key);
        return inside(() -> transfer.store(checked, tier));
    }

    /// Puts a table of a tier on the shelf; null when the tier has none, or its time is over.
    ///
    /// @param name what the tier calls it
    /// @throws ShelfException `CORRUPT`, `INVALID_IPC`, `OUT_OF_MEMORY`, `ALREADY_EXISTS`
    public @Nullable TableInfo load(String name, byte[] key, PutOptions put, ColdTier tier) {
        TableKey checked = TableKey.of(key);
        try (Gate.Passage _ = gate.enter()) {
            return transfer.load(name, checked, put, tier);
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
    }

    /// Returns the state of the shelf.
    public ShelfStatus status() {
        return inside(() -> report.status());
    }

    /// Writes the daemon's "host:port" into the control block; empty when it stops.
    public void setAddress(String address) {
        try (Gate.Passage _ = gate.enter()) {
            parts.catalogue().setAddress(address);
        }
    }

    /// Returns the shelf directory.
    public Path directory() {
        return parts.here().directory().root();
    }

    /// Returns the 16 random bytes that name this shelf, kept over restarts.
    public byte[] shelfId() {
        UUID id = parts.lock().shelfId();
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    /// Returns the longest laid-out stream that goes into a slab; 0 when slabs are off.
    public int smallTableLimit() {
        return options.smallTableLimit();
    }

    @FunctionalInterface
    private interface Call<T> {
        T get() throws IOException;
    }

    private <T> T inside(Call<T> call) {
        try (Gate.Passage _ = gate.enter()) {
            return call.get();
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
    }

    @Override
    public void close() {
        if (!gate.close()) {
            return;
        }
        keeper.close();
        parts.cache().close();
        if (!gate.awaitEmpty(CLOSE_SECONDS, TimeUnit.SECONDS)) {
            LOG.log(
                    Level.WARNING,
                    "shelf is closed although calls are under way: directory={0}",
                    directory());
        }
        for (AutoCloseable put : puts.underWay()) {
            abort(put);
        }
        if (options.ephemeral()) {
            parts.removeAtClose();
        }
        parts.close();
    }

    private static void abort(AutoCloseable put) {
        try {
            put.close();
        } catch (Exception failure) {
            LOG.log(Level.WARNING, "put cannot be given up", failure);
        }
    }

    private final class Rounds implements Keeper.Rounds {
        @Override
        public int reap() {
            parts.graveyard().sweep();
            return parts.graveyard().size();
        }

        @Override
        public void beat() {
            MemoryUsage usage = parts.ledger().usage();
            parts.catalogue()
                    .heartbeat(
                            new MemoryFigures(
                                    usage.limit(),
                                    usage.resident(),
                                    usage.pool(),
                                    usage.unlinked(),
                                    usage.writing()));
            parts.cache().beat();
            parts.slabs().sparse().forEach(this::compact);
            List<Long> onDisk = parts.slabs().sparseOnDisk();
            if (onDisk.size() > 1) {
                moveToDisk(onDisk);
            }
        }

        private void compact(long slab) {
            try {
                slabMovements.compact(slab);
            } catch (ShelfException | IOException failure) {
                LOG.log(Level.DEBUG, "slab stays sparse: slab=" + slab, failure);
            }
        }

        private void moveToDisk(List<Long> sparse) {
            try {
                slabMovements.spill(sparse);
            } catch (ShelfException | IOException failure) {
                LOG.log(Level.DEBUG, "slabs on disk stay sparse: slabs=" + sparse, failure);
            }
        }
    }
}
