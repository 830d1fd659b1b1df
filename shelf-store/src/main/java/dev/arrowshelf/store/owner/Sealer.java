package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.DirectoryFeatures;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.pool.ColdPages;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.ipc.ContentValidator;
import dev.arrowshelf.store.ipc.SegmentComposer;
import dev.arrowshelf.store.ipc.SegmentOutput;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.publish.CrashPoint;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Space;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Turns a file that its writer has filled into a sealed one, still in `tmp/`: metadata, mode 0400,
/// proof that nobody can write, checks.
///
/// Thread-safe, without locks: it works on files that belong to the caller. Death anywhere here
/// leaves files in `tmp/`, swept at start.
final class Sealer {
    private static final Logger LOG = System.getLogger(Sealer.class.getName());
    private static final int SEALED_MODE = 0400;
    private static final long ROUNDED_FROM_BYTES = 4L << 20;
    private static final long STEP_BYTES = 2L << 20;
    private static final long COPY_BYTES = 8L << 20;
    private static final long SHORT_GAP_BYTES = 64L << 10;
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    private final Space space;
    private final boolean leases;
    private final boolean tmpfs;
    private final CrashPoint crash;

    /// @param features what works in the directory: leases tell who can write a file, and only
    ///   tmpfs tells at once how many pages it has
    Sealer(Space space, DirectoryFeatures features, CrashPoint crash) {
        this.space = space;
        this.leases = features.leases();
        this.tmpfs = features.tmpfs();
        this.crash = crash;
    }

    /// Seals a file whose buffers are all in place. The draft belongs to the sealer: after a
    /// failure it is gone.
    ///
    /// @return the sealed file, its descriptor closed; another one than was given when the writer
    ///   did not let go
    /// @throws ShelfException `INVALID_IPC` when the content is not what the plan says,
    ///   `OUT_OF_MEMORY`
    DraftFile seal(DraftFile draft, SegmentComposer composer, boolean utf8) throws IOException {
        DraftFile file = draft;
        try {
            if (!sealed(file, composer, utf8)) {
                file = copied(draft, composer);
                space.discard(draft);
                if (!sealed(file, composer, utf8)) {
                    throw new ShelfException(
                            ErrorCode.IO,
                            "somebody holds a file of our own for writing: path=" + file.path());
                }
            }
            crash.reached(CrashPoint.Step.SEGMENT_SEALED);
            return file;
        } catch (NoSpaceException full) {
            space.giveBack(file);
            throw space.full(full, file.bytes());
        } catch (IOException | RuntimeException failure) {
            space.giveBack(file);
            throw failure;
        }
    }

    /// Writes the metadata, takes the right to write away, and checks what is there then; false
    /// when a writer does not let go.
    private boolean sealed(DraftFile file, SegmentComposer composer, boolean utf8)
            throws IOException {
        finish(file, composer);
        crash.reached(CrashPoint.Step.SEGMENT_METADATA_WRITTEN);
        try (FileHandle handle = FileHandle.openReadOnly(file.path())) {
            if (!writersLetGo(handle)) {
                return false;
            }
            check(handle, file, composer, utf8);
            return true;
        }
    }

    private void finish(DraftFile file, SegmentComposer composer) throws IOException {
        space.cut(file, finalBytes(composer.contentBytes(), file.bytes()));
        FileHandle handle = file.handle();
        composer.writeMetadata(output(handle, file.usedBytes()), file.bytes());
        if (handle.allocatedBytes() < Pages.of(file.bytes())) {
            handle.allocate(
                    0, file.bytes()); // a hole read on a full file system would end the reader
        }
        handle.chmod(SEALED_MODE);
        file.closeHandle();
    }

    /// Below 4 MiB as long as the content; from there on whole steps, with less than a step more
    /// than the content needs.
    static long finalBytes(long content, long fileBytes) {
        if (content < ROUNDED_FROM_BYTES) {
            return content;
        }
        long rounded = Math.multiplyExact(Math.ceilDiv(content, STEP_BYTES), STEP_BYTES);
        return Math.min(rounded, fileBytes);
    }

    /// A long gap is zero already where nothing was there before its writer came.
    private static SegmentOutput output(FileHandle handle, long usedBytes) {
        return new SegmentOutput() {
            @Override
            public void write(MemorySegment bytes, long offset) throws IOException {
                handle.write(bytes, offset);
            }

            @Override
            public void zero(long offset, long bytes) throws IOException {
                if (bytes < SHORT_GAP_BYTES || offset < usedBytes) {
                    handle.zero(offset, bytes);
                }
            }
        };
    }

    /// Waits, not for long, until the kernel says that no writable descriptor or mapping is left
    /// anywhere.
    private boolean writersLetGo(FileHandle handle) {
        if (!leases) {
            return true;
        }
        long deadline = System.nanoTime() + WAIT_NANOS;
        long pause = FIRST_PAUSE_NANOS;
        while (handle.tryReadLease() != LeaseAnswer.GRANTED) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            LockSupport.parkNanos(this, Math.min(pause, left));
            pause *= 2;
        }
        return true;
    }

    /// Copies what a writer holds on to into a file of our own. What it writes while we copy is
    /// found by the checks of the copy, or is as good as written before.
    private DraftFile copied(DraftFile held, SegmentComposer composer) throws IOException {
        LOG.log(
                Level.DEBUG,
                "writer keeps its mapping, its bytes are copied: path={0}",
                held.path());
        DraftFile copy = space.take(held.bytes(), ColdPages.ALLOCATED);
        try (Region source = Region.mapReadOnly(held.path())) {
            MemorySegment bytes = source.segment().asSlice(0, composer.contentBytes());
            for (long done = 0; done < bytes.byteSize(); done += COPY_BYTES) {
                long step = Math.min(COPY_BYTES, bytes.byteSize() - done);
                copy.handle().write(bytes.asSlice(done, step), done);
            }
            return copy;
        } catch (IOException | RuntimeException failure) {
            space.giveBack(copy);
            throw failure;
        }
    }

    private void check(FileHandle handle, DraftFile file, SegmentComposer composer, boolean utf8)
            throws IOException {
        boolean punched = tmpfs && handle.allocatedBytes() < Pages.of(file.bytes());
        if (handle.size() != file.bytes() || punched) {
            throw new ShelfException(
                    ErrorCode.INVALID_IPC,
                    "file was cut or punched by its writer: path=%s, bytes=%d, allocated=%d, expected=%d"
                            .formatted(
                                    file.path(),
                                    handle.size(),
                                    handle.allocatedBytes(),
                                    file.bytes()));
        }
        try (Region region = Region.mapForThisThread(handle, file.bytes())) {
            composer.verify(region.segment());
            ContentValidator.validate(region.segment(), utf8);
        }
    }
}
