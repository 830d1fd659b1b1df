package dev.arrowshelf.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/// An open file of the shelf: a regular file of this user, never reached through a link.
///
/// Any thread may call any method; the caller sees to it that nobody uses the handle while it is
/// being closed. Mappings made from it live on after `close`. Sizes and offsets are bytes. After
/// `close` every method but `path` and `close` throws [IllegalStateException].
public final class FileHandle implements AutoCloseable {
    private static final int CLOSED = -1;
    private static final long SCRATCH_BYTES = 1 << 16;

    private final Path path;
    private final AtomicInteger descriptor;

    private FileHandle(Path path, int descriptor) {
        this.path = path;
        this.descriptor = new AtomicInteger(descriptor);
    }

    /// Makes a new, empty file for reading and writing; an existing one is a
    /// [java.nio.file.FileAlreadyExistsException].
    public static FileHandle create(Path path, int mode) throws IOException {
        return open(path, NativeAccess.O_RDWR | NativeAccess.O_CREAT | NativeAccess.O_EXCL, mode);
    }

    /// Opens a file for reading and writing, or makes it.
    public static FileHandle openOrCreate(Path path, int mode) throws IOException {
        return open(path, NativeAccess.O_RDWR | NativeAccess.O_CREAT, mode);
    }

    /// Opens an existing file for reading.
    ///
    /// @throws java.nio.file.NoSuchFileException when there is none
    /// @throws LeasedFileException when its owner is just testing a lease on it
    /// @throws ForeignFileException when it is not a regular file of this user
    public static FileHandle openReadOnly(Path path) throws IOException {
        return open(path, NativeAccess.O_RDONLY, 0);
    }

    /// Opens an existing file for reading and writing; fails like [#openReadOnly].
    public static FileHandle openReadWrite(Path path) throws IOException {
        return open(path, NativeAccess.O_RDWR, 0);
    }

    private static FileHandle open(Path path, int flags, int mode) throws IOException {
        FileHandle handle = new FileHandle(path, NativeAccess.open(path, flags, mode));
        try {
            FileStatus status = handle.status();
            if (!status.isRegular()) {
                throw new ForeignFileException("not a regular file", path, "");
            }
            if (status.user() != NativeAccess.effectiveUser()) {
                throw new ForeignFileException(
                        "file belongs to another user",
                        path,
                        "uid=%d, ours=%d".formatted(status.user(), NativeAccess.effectiveUser()));
            }
            return handle;
        } catch (Throwable failure) {
            handle.close();
            throw failure;
        }
    }

    /// The path it was opened by; the file may have been renamed since.
    public Path path() {
        return path;
    }

    /// The file's length (st_size).
    public long size() throws IOException {
        return status().bytes();
    }

    /// What the file takes of its file system (st_blocks): the number to account.
    public long allocatedBytes() throws IOException {
        return status().allocatedBytes();
    }

    /// How many names the file has.
    public int linkCount() throws IOException {
        return status().links();
    }

    /// Permission bits of the file.
    public int mode() throws IOException {
        return status().mode() & 0xfff;
    }

    /// Cuts or extends the file; what is added has no pages yet.
    public void truncate(long bytes) throws IOException {
        NativeAccess.truncate(descriptor(), bytes, path);
    }

    /// Gives the range pages, extending the file when needed; zero where nothing was written.
    ///
    /// @throws NoSpaceException when the file system is full
    public void allocate(long offset, long bytes) throws IOException {
        if (bytes > 0) {
            NativeAccess.allocate(descriptor(), offset, bytes, path);
        }
    }

    /// Writes all the bytes at the offset, from native or heap memory.
    ///
    /// @throws NoSpaceException when the file system is full; a part may have been written
    public void write(MemorySegment bytes, long offset) throws IOException {
        if (bytes.isNative()) {
            NativeAccess.writeFully(descriptor(), bytes, offset, path);
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = arena.allocate(Math.clamp(bytes.byteSize(), 1, SCRATCH_BYTES));
            for (long done = 0; done < bytes.byteSize(); done += scratch.byteSize()) {
                long step = Math.min(scratch.byteSize(), bytes.byteSize() - done);
                MemorySegment.copy(bytes, done, scratch, 0, step);
                NativeAccess.writeFully(
                        descriptor(), scratch.asSlice(0, step), offset + done, path);
            }
        }
    }

    /// Reads into native or heap memory until it is full or the file ends; returns the bytes read.
    public long read(MemorySegment target, long offset) throws IOException {
        if (target.isNative()) {
            return NativeAccess.read(descriptor(), target, offset, path);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment scratch = arena.allocate(Math.clamp(target.byteSize(), 1, SCRATCH_BYTES));
            long done = 0;
            while (done < target.byteSize()) {
                long step = Math.min(scratch.byteSize(), target.byteSize() - done);
                long count =
                        NativeAccess.read(
                                descriptor(), scratch.asSlice(0, step), offset + done, path);
                MemorySegment.copy(scratch, 0, target, done, count);
                done += count;
                if (count < step) {
                    break;
                }
            }
            return done;
        }
    }

    /// Writes zeros over the range.
    public void zero(long offset, long bytes) throws IOException {
        Objects.checkFromIndexSize(offset, bytes, Long.MAX_VALUE);
        if (bytes == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment zeros = arena.allocate(Math.min(bytes, SCRATCH_BYTES));
            for (long done = 0; done < bytes; done += zeros.byteSize()) {
                long step = Math.min(zeros.byteSize(), bytes - done);
                NativeAccess.writeFully(descriptor(), zeros.asSlice(0, step), offset + done, path);
            }
        }
    }

    /// Sets the permission bits.
    public void chmod(int mode) throws IOException {
        NativeAccess.changeMode(descriptor(), mode, path);
    }

    /// Asks whether nobody has the file open or mapped for writing, this handle included (so ask on
    /// a read-only one).
    public LeaseAnswer tryReadLease() {
        return NativeAccess.tryLease(descriptor(), false);
    }

    /// Asks whether nobody else has the file open or mapped at all; mappings of this process count.
    public LeaseAnswer tryWriteLease() {
        return NativeAccess.tryLease(descriptor(), true);
    }

    /// Takes the exclusive lock of the file until this handle is closed; false when somebody else
    /// has it.
    public boolean tryLock() throws IOException {
        return NativeAccess.tryLock(descriptor(), path);
    }

    /// Gives the descriptor back. The second call does nothing.
    @Override
    public void close() {
        int open = descriptor.getAndSet(CLOSED);
        if (open != CLOSED) {
            NativeAccess.close(open);
        }
    }

    FileStatus status() throws IOException {
        return NativeAccess.status(descriptor(), path);
    }

    FileStatus.FileSystem fileSystemStatus() throws IOException {
        return NativeAccess.fileSystemStatus(descriptor(), path);
    }

    int descriptor() {
        int open = descriptor.getPlain();
        if (open == CLOSED) {
            throw new IllegalStateException("file is closed: path=" + path);
        }
        return open;
    }

    @Override
    public String toString() {
        return "FileHandle[path=" + path + "]";
    }
}
