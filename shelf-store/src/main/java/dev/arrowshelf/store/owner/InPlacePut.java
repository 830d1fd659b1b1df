package dev.arrowshelf.store.owner;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcSchema;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.ipc.SegmentComposer;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Failures;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A table that its producer builds inside a file of the shelf: one record batch whose buffers lie
/// at multiples of 64 from [#firstUsableOffset] on.
///
/// Thread-safe, one call at a time. Until [#commit] returns nobody sees the table; [#close] without
/// commit leaves nothing behind. After a failed [#commit] the put can only be closed.
public final class InPlacePut implements AutoCloseable {
    private static final long LEAST_FIRST_OFFSET = 16L << 10;
    private static final long MOST_FIRST_OFFSET = 128L << 10;

    private final PutEngine engine;
    private final TableKey key;
    private final PutOptions options;
    private final ColdPages cold;
    private final long firstUsableOffset;
    private final long id;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private @Nullable DraftFile file;

    private InPlacePut(
            PutEngine engine, TableKey key, PutOptions options, ColdPages cold, long capacity)
            throws IOException {
        if (capacity <= 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "capacity is not positive: bytes=" + capacity);
        }
        this.engine = engine;
        this.key = key;
        this.options = options;
        this.cold = cold;
        this.firstUsableOffset = firstOffset(capacity);
        engine.requireReplaceable(key, options.replace());
        this.file =
                engine.space()
                        .take(Math.addExact(capacity, 2 * firstUsableOffset), cold.asOfPool());
        this.id = engine.begin(this);
    }

    static InPlacePut begin(
            PutEngine engine, TableKey key, PutOptions options, ColdPages cold, long capacity) {
        try (Gate.Passage _ = engine.enter()) {
            return new InPlacePut(engine, key, options, cold, capacity);
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
    }

    /// Room for the metadata that is no burden to a small table and enough for one of many columns.
    /// A producer that knows its schema may begin later, at [SegmentComposer#firstUsableOffset].
    private static long firstOffset(long capacity) {
        return Math.clamp(
                Long.highestOneBit(capacity) >>> 8, LEAST_FIRST_OFFSET, MOST_FIRST_OFFSET);
    }

    /// Returns the number of this put, never used twice by one owner.
    public long id() {
        return id;
    }

    /// Returns the absolute path of the file to map, below `tmp/`.
    public Path file() {
        lock.lock();
        try {
            return require().path();
        } finally {
            lock.unlock();
        }
    }

    /// Returns the length of the file: the capacity, and room for metadata before and after it.
    public long bytes() {
        lock.lock();
        try {
            return require().bytes();
        } finally {
            lock.unlock();
        }
    }

    /// Returns how many bytes from the file's beginning have pages already.
    public long warmBytes() {
        lock.lock();
        try {
            return require().warmBytes();
        } finally {
            lock.unlock();
        }
    }

    /// Returns the first offset at which a buffer may lie; the metadata is written before it.
    public long firstUsableOffset() {
        return firstUsableOffset;
    }

    /// Makes the file long enough for `capacity` bytes of buffers; it never shrinks.
    ///
    /// @throws ShelfException `OUT_OF_MEMORY`; the put is still good
    public void grow(long capacity) {
        try (Gate.Passage _ = engine.enter()) {
            lock.lock();
            try {
                engine.space()
                        .grow(
                                require(),
                                Math.addExact(capacity, 2 * firstUsableOffset),
                                cold.asOfPool());
            } catch (IOException failure) {
                throw Failures.of(failure);
            } finally {
                lock.unlock();
            }
        }
    }

    /// Writes the metadata (schema, one record batch) around the placed buffers, seals and
    /// publishes the table.
    ///
    /// @throws ShelfException `UNSUPPORTED_IPC` when the metadata does not fit before the first
    ///   buffer, `INVALID_IPC`, `ALREADY_EXISTS`
    public TableInfo commit(List<IpcMessage> messages, List<Placement> placements) {
        if (messages.size() != 2) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "a table built in place is a schema and one record batch: messages="
                            + messages.size());
        }
        try (Gate.Passage _ = engine.enter()) {
            lock.lock();
            try {
                DraftFile draft = require();
                IpcSchema schema = IpcSchema.parse(messages.getFirst().metadata());
                SegmentComposer composer = new SegmentComposer(schema);
                requireInside(placements, draft.bytes());
                composer.addPlaced(messages.getLast(), placements);
                engine.space().grow(draft, composer.contentBytes(), cold.asOfPool());
                PartitionDraft partition = new PartitionDraft(0, composer, draft);
                file = null;
                engine.end(this);
                return engine.commit(key, options, schema, List.of(partition));
            } catch (IOException failure) {
                throw Failures.of(failure);
            } finally {
                lock.unlock();
            }
        }
    }

    private static void requireInside(List<Placement> placements, long fileBytes) {
        for (Placement placement : placements) {
            long offset = placement.fileOffset();
            if (offset < 0 || placement.bytes() < 0 || offset > fileBytes - placement.bytes()) {
                throw new ShelfException(
                        ErrorCode.INVALID_IPC,
                        "buffer is placed outside its file: offset=%d, bytes=%d, fileBytes=%d"
                                .formatted(offset, placement.bytes(), fileBytes));
            }
        }
    }

    @GuardedBy("lock")
    private DraftFile require() {
        DraftFile present = file;
        if (present == null) {
            throw new ShelfException(ErrorCode.CLOSED, "put was ended before: put=" + id);
        }
        return present;
    }

    /// Gives up a put that was not committed. Does nothing after a commit. Idempotent.
    @Override
    public void close() {
        lock.lock();
        try {
            DraftFile present = file;
            file = null;
            if (present != null) {
                engine.end(this);
                engine.space().giveBack(present);
            }
        } finally {
            lock.unlock();
        }
    }
}
