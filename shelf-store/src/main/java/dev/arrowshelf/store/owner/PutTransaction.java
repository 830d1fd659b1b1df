package dev.arrowshelf.store.owner;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.ipc.CarriedDictionary;
import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcSchema;
import dev.arrowshelf.store.ipc.SegmentComposer;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Failures;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A put under way: the caller carries out [#plan] and every plan that [#append] answers, lets go
/// of the files, and commits.
///
/// Thread-safe, one call at a time; meant for one writer. Until [#commit] returns nobody sees the
/// table; [#close] without commit leaves nothing behind. After a failed [#append] or [#commit] the
/// put can only be closed.
public final class PutTransaction implements AutoCloseable {
    private final PutEngine engine;
    private final TableKey key;
    private final PutOptions options;
    private final ColdPages cold;
    private final IpcSchema schema;
    private final long id;
    private final long hopedBytes;
    private final PutPlan plan;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private long plannedBytes;

    @GuardedBy("lock")
    private final List<PartitionDraft> partitions = new ArrayList<>();

    @GuardedBy("lock")
    private State state = State.OPEN;

    private enum State {
        OPEN,
        FAILED,
        ENDED
    }

    private PutTransaction(
            PutEngine engine,
            TableKey key,
            PutOptions options,
            ColdPages cold,
            List<IpcMessage> messages) {
        if (messages.isEmpty() || messages.getFirst().bodyBytes() != 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_IPC,
                    "put does not begin with a schema message: messages=" + messages.size());
        }
        this.engine = engine;
        this.key = key;
        this.options = options;
        this.cold = cold;
        this.schema = IpcSchema.parse(messages.getFirst().metadata());
        engine.requireReplaceable(key, options.replace());
        this.hopedBytes = hopedBytes(messages.size() == 1);
        this.id = engine.begin(this);
        try {
            this.plan =
                    messages.size() == 1
                            ? PutPlan.EMPTY
                            : plan(messages.subList(1, messages.size()), List.of());
        } catch (RuntimeException failure) {
            close();
            throw failure;
        }
    }

    static PutTransaction begin(
            PutEngine engine,
            TableKey key,
            PutOptions options,
            ColdPages cold,
            List<IpcMessage> messages) {
        try (Gate.Passage _ = engine.enter()) {
            return new PutTransaction(engine, key, options, cold, messages);
        }
    }

    /// A stream does not say how long it becomes; who replaces a table often puts as much as
    /// before. What the putter expects counts also where the first batches come with the schema.
    private long hopedBytes(boolean stream) {
        if (isLimited()) {
            return 0;
        }
        if (options.expectedBytes() > 0) {
            return options.expectedBytes();
        }
        return stream ? engine.replacedBytes(key) : 0;
    }

    private boolean isLimited() {
        return options.partitionRows() != 0 || options.partitionBytes() != 0;
    }

    /// Returns the number of this put, never used twice by one owner.
    public long id() {
        return id;
    }

    /// Returns the plan for the messages that began this put.
    public PutPlan plan() {
        return plan;
    }

    /// Adds messages (dictionary batches, record batches) and returns where their bodies go. Body
    /// bytes are numbered from 0 at the first of these messages.
    ///
    /// @throws ShelfException `INVALID_IPC`, `UNSUPPORTED_IPC`, `OUT_OF_MEMORY`; the put can only
    ///   be closed then
    public PutPlan append(List<IpcMessage> messages) {
        return append(messages, List.of());
    }

    /// Adds messages whose bodies may be compressed. Each body is only looked at here (for the
    /// decoded lengths); the copies of the answered plan whose range is encoded decode it on the
    /// way. A compressed body given without its bytes is `UNSUPPORTED_IPC`.
    ///
    /// @param bodies one for each message, in order; none at all when no body is at hand
    public PutPlan append(List<IpcMessage> messages, List<MemorySegment> bodies) {
        if (!bodies.isEmpty() && bodies.size() != messages.size()) {
            throw new IllegalArgumentException(
                    "bodies do not match messages: bodies=%d, messages=%d"
                            .formatted(bodies.size(), messages.size()));
        }
        try (Gate.Passage _ = engine.enter()) {
            return plan(messages, bodies);
        }
    }

    private PutPlan plan(List<IpcMessage> messages, List<MemorySegment> bodies) {
        lock.lock();
        try {
            requireOpen();
            state = State.FAILED; // until it has not
            List<PlannedCopy> copies = new ArrayList<>();
            Set<PartitionDraft> touched = new LinkedHashSet<>();
            long position = 0;
            for (int i = 0; i < messages.size(); i++) {
                IpcMessage message = messages.get(i);
                MemorySegment body = bodies.isEmpty() ? null : bodies.get(i);
                PartitionDraft draft = partitionFor(message, body);
                carryOwed(draft, message, body);
                for (CopyRange range : draft.composer().add(message, position, body)) {
                    copies.add(new PlannedCopy(draft.number(), range));
                }
                touched.add(draft);
                position = Math.addExact(position, message.bodyBytes());
            }
            for (PartitionDraft draft : touched) {
                plannedBytes += draft.growth();
            }
            engine.space().requireLessThanAll(plannedBytes);
            List<PlannedFile> files = new ArrayList<>();
            for (PartitionDraft draft : touched) {
                if (draft.fit(engine.space(), cold, draft.number() == 0 ? hopedBytes : 0)) {
                    DraftFile file = draft.file();
                    files.add(
                            new PlannedFile(
                                    draft.number(), file.path(), file.bytes(), file.warmBytes()));
                }
            }
            state = State.OPEN;
            return new PutPlan(files, copies);
        } catch (IOException failure) {
            throw Failures.of(failure);
        } finally {
            lock.unlock();
        }
    }

    @GuardedBy("lock")
    private PartitionDraft partitionFor(IpcMessage message, @Nullable MemorySegment body) {
        if (partitions.isEmpty()) {
            partitions.add(new PartitionDraft(0, new SegmentComposer(schema)));
        }
        PartitionDraft last = partitions.getLast();
        if (last.composer().accepts(message, body)
                && !exceedsLimits(last.composer(), message, body)) {
            return last;
        }
        PartitionDraft next = new PartitionDraft(partitions.size(), last.composer().next());
        partitions.add(next);
        return next;
    }

    private boolean exceedsLimits(
            SegmentComposer composer, IpcMessage message, @Nullable MemorySegment body) {
        if (composer.batches() == 0 || !isLimited()) {
            return false;
        }
        long rows = composer.rowsOf(message, body);
        if (rows == 0) {
            return false; // a dictionary, or nothing to cut at
        }
        long bytes = composer.bytesWith(message, body);
        return (options.partitionRows() > 0 && composer.rows() + rows > options.partitionRows())
                || (options.partitionBytes() > 0 && bytes > options.partitionBytes());
    }

    @GuardedBy("lock")
    private void carryOwed(PartitionDraft draft, IpcMessage message, @Nullable MemorySegment body) {
        for (CarriedDictionary dictionary : draft.composer().owed(message, body)) {
            PartitionDraft origin = partitionOf(dictionary.origin());
            for (CopyRange range : draft.composer().add(dictionary.message(), 0)) {
                draft.carried()
                        .add(
                                new PartitionDraft.CarriedCopy(
                                        origin, dictionary.bodyOffset(), range));
            }
        }
    }

    @GuardedBy("lock")
    private PartitionDraft partitionOf(SegmentComposer composer) {
        for (PartitionDraft draft : partitions) {
            if (draft.composer() == composer) {
                return draft;
            }
        }
        throw new IllegalStateException(
                "dictionary comes from no partition of this put: put=" + id);
    }

    /// Seals and publishes the table. The writer has unmapped the files, or has put read-only
    /// mappings over them, and closed its descriptors.
    ///
    /// @throws ShelfException `INVALID_IPC`, `ALREADY_EXISTS`, `OUT_OF_MEMORY`; nothing was
    ///   published then
    public TableInfo commit() {
        try (Gate.Passage _ = engine.enter()) {
            lock.lock();
            try {
                requireOpen();
                state = State.FAILED; // until it has not
                if (partitions.isEmpty()) {
                    partitions.add(new PartitionDraft(0, new SegmentComposer(schema)));
                }
                for (PartitionDraft draft : partitions) {
                    draft.fit(engine.space(), cold, draft.number() == 0 ? hopedBytes : 0);
                    copyCarried(draft);
                }
                TableInfo info = engine.commit(key, options, schema, partitions);
                end();
                return info;
            } catch (IOException failure) {
                throw Failures.of(failure);
            } finally {
                lock.unlock();
            }
        }
    }

    /// Partitions come in order, so the bodies that this one carries are in place in the earlier
    /// one, carried there or written.
    private static void copyCarried(PartitionDraft draft) throws IOException {
        for (PartitionDraft.CarriedCopy copy : draft.carried()) {
            DraftFile origin = copy.from().file();
            try (Region source = Region.mapReadOnly(origin.handle(), origin.bytes())) {
                CopyRange range = copy.range();
                long offset = Math.addExact(copy.bodyOffset(), range.sourcePosition());
                draft.file()
                        .handle()
                        .write(
                                source.segment().asSlice(offset, range.bytes()),
                                range.targetOffset());
            }
        }
    }

    @GuardedBy("lock")
    private void requireOpen() {
        if (state != State.OPEN) {
            throw new ShelfException(
                    ErrorCode.CLOSED,
                    "put was ended before: put=%d, state=%s".formatted(id, state));
        }
    }

    @GuardedBy("lock")
    private void end() {
        state = State.ENDED;
        engine.end(this);
    }

    /// Gives up a put that was not committed: its files are removed. Does nothing after a commit.
    /// Idempotent.
    @Override
    public void close() {
        lock.lock();
        try {
            if (state != State.ENDED) {
                end();
                partitions.forEach(draft -> draft.giveBack(engine.space()));
            }
        } finally {
            lock.unlock();
        }
    }
}
