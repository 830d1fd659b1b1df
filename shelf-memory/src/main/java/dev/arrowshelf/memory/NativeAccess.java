package dev.arrowshelf.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;

/// The system calls of this package: the only downcalls and the only unsafe segments.
///
/// Thread-safe and stateless. Each call gets its own few bytes for the error number. On another
/// platform than Linux on x86_64 or aarch64 every method throws [UnsupportedPlatformException];
/// loading the class does not.
@SuppressWarnings("restricted") // the one class that is allowed downcalls and reinterpret
final class NativeAccess {
    static final int PROT_NONE = 0;
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 0x01;
    static final int MAP_PRIVATE = 0x02;
    static final int MAP_FIXED = 0x10;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;
    static final int MADV_DONTFORK = 10;
    static final int MADV_POPULATE_WRITE = 23;
    static final int MADV_COLLAPSE = 25;
    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_CREAT = 0x40;
    static final int O_EXCL = 0x80;

    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int F_SETSIG = 10;
    private static final int F_SETLEASE = 1024;
    private static final int F_RDLCK = 0;
    private static final int F_WRLCK = 1;
    private static final int F_UNLCK = 2;
    private static final int SIGURG = 23;
    private static final int LOCK_EXCLUSIVE_NONBLOCKING = 2 | 4;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final long MAP_FAILED = -1;

    private static final Platform PLATFORM = Platform.current();

    private NativeAccess() {}

    /// Opens a file without following a link, waiting for a lease, or leaking the descriptor to
    /// child processes.
    static int open(Path path, int flags, int mode) throws IOException {
        require();
        int all = flags | O_CLOEXEC | O_NONBLOCK | PLATFORM.noFollow;
        try (Arena arena = Arena.ofConfined()) {
            long name = arena.allocateFrom(path.toString()).address();
            MemorySegment state = arena.allocate(LibC.STATE);
            while (true) {
                int descriptor = LibC.callVariadic(LibC.OPEN, state, name, all, mode);
                if (descriptor >= 0) {
                    return descriptor;
                }
                int errno = LibC.errno(state);
                if (errno != Errno.EINTR) {
                    throw openFailure(path, errno);
                }
            }
        }
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            // an error of close is about lost writes of network file systems; the descriptor is
            // gone
            LibC.call(LibC.CLOSE, arena.allocate(LibC.STATE), descriptor, 0, 0);
        }
    }

    static FileStatus status(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            MemorySegment status = arena.allocate(FileStatus.STATX_BYTES, Long.BYTES);
            long name = LibC.EMPTY_NAME.address();
            long result =
                    LibC.call(
                            LibC.STATX,
                            state,
                            descriptor,
                            name,
                            AT_EMPTY_PATH,
                            STATX_BASIC_STATS,
                            status.address(),
                            0);
            check(result, "statx", state, path);
            return FileStatus.ofStatx(status);
        }
    }

    static FileStatus.FileSystem fileSystemStatus(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            MemorySegment status = arena.allocate(FileStatus.FileSystem.STATFS_BYTES, Long.BYTES);
            check(
                    LibC.call(LibC.FSTATFS, state, descriptor, status.address(), 0),
                    "fstatfs",
                    state,
                    path);
            return FileStatus.FileSystem.ofStatfs(status);
        }
    }

    static void truncate(int descriptor, long bytes, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            check(LibC.call(LibC.FTRUNCATE, state, descriptor, bytes, 0), "ftruncate", state, path);
        }
    }

    static void allocate(int descriptor, long offset, long bytes, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            int errno;
            do { // a signal to this thread may end it early; what was allocated stays
                errno = (int) LibC.call(LibC.POSIX_FALLOCATE, state, descriptor, offset, bytes);
            } while (errno == Errno.EINTR);
            if (errno != 0) {
                throw failure(
                        "posix_fallocate",
                        errno,
                        "path=" + path + ", offset=" + offset + ", bytes=" + bytes);
            }
        }
    }

    static void changeMode(int descriptor, int mode, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            check(LibC.call(LibC.FCHMOD, state, descriptor, mode, 0), "fchmod", state, path);
        }
    }

    static void writeFully(int descriptor, MemorySegment bytes, long offset, Path path)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long done = 0;
            while (done < bytes.byteSize()) {
                long from = bytes.address() + done;
                long count =
                        LibC.call(
                                LibC.PWRITE,
                                state,
                                descriptor,
                                from,
                                bytes.byteSize() - done,
                                offset + done,
                                0,
                                0);
                if (count > 0) {
                    done += count;
                } else if (count == 0 || LibC.errno(state) != Errno.EINTR) {
                    throw failure(
                            "pwrite",
                            count == 0 ? Errno.ENOSPC : LibC.errno(state),
                            "path=" + path);
                }
            }
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    /// Reads until the target is full or the file ends; returns the bytes read.
    static long read(int descriptor, MemorySegment target, long offset, Path path)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long done = 0;
            while (done < target.byteSize()) {
                long to = target.address() + done;
                long count =
                        LibC.call(
                                LibC.PREAD,
                                state,
                                descriptor,
                                to,
                                target.byteSize() - done,
                                offset + done,
                                0,
                                0);
                if (count == 0) {
                    break;
                }
                if (count > 0) {
                    done += count;
                } else if (LibC.errno(state) != Errno.EINTR) {
                    throw failure("pread", LibC.errno(state), "path=" + path);
                }
            }
            return done;
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    /// Takes a lease and drops it at once, with no other system call between the two.
    static LeaseAnswer tryLease(int descriptor, boolean write) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            // The default signal of a broken lease ends the process; SIGURG is ignored by default.
            if (LibC.callVariadic(LibC.FCNTL, state, descriptor, F_SETSIG, SIGURG) != 0) {
                return LeaseAnswer.UNKNOWN;
            }
            if (LibC.callVariadic(
                            LibC.FCNTL, state, descriptor, F_SETLEASE, write ? F_WRLCK : F_RDLCK)
                    != 0) {
                return LibC.errno(state) == Errno.EAGAIN ? LeaseAnswer.IN_USE : LeaseAnswer.UNKNOWN;
            }
            int dropped = LibC.callVariadic(LibC.FCNTL, state, descriptor, F_SETLEASE, F_UNLCK);
            return dropped == 0 ? LeaseAnswer.GRANTED : LeaseAnswer.UNKNOWN;
        }
    }

    /// Takes the exclusive `flock` of the file; false when another open file has it.
    static boolean tryLock(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long result = LibC.call(LibC.FLOCK, state, descriptor, LOCK_EXCLUSIVE_NONBLOCKING, 0);
            if ((int) result != 0 && LibC.errno(state) == Errno.EAGAIN) {
                return false;
            }
            check(result, "flock", state, path);
            return true;
        }
    }

    /// Maps memory and returns its address.
    static long map(
            long address, long bytes, int protection, int flags, int descriptor, long offset)
            throws IOException {
        require();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long mapped =
                    LibC.call(
                            LibC.MMAP,
                            state,
                            address,
                            bytes,
                            protection,
                            flags,
                            descriptor,
                            offset);
            if (mapped == MAP_FAILED) {
                throw failure("mmap", LibC.errno(state), "bytes=" + bytes);
            }
            return mapped;
        }
    }

    static void unmap(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            if ((int) LibC.call(LibC.MUNMAP, state, address, bytes, 0) != 0) {
                throw new IllegalStateException(
                        "munmap failed: errno=%s, bytes=%d"
                                .formatted(Errno.name(LibC.errno(state)), bytes));
            }
        }
    }

    /// Gives advice and returns 0 or the error number.
    static int advise(long address, long bytes, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            int errno;
            do {
                long result = LibC.call(LibC.MADVISE, state, address, bytes, advice);
                errno = (int) result == 0 ? 0 : LibC.errno(state);
            } while (errno == Errno.EINTR);
            return errno;
        }
    }

    static int effectiveUser() {
        require();
        return LibC.EFFECTIVE_USER;
    }

    static long pageBytes() {
        require();
        return LibC.PAGE_BYTES;
    }

    /// The mapped bytes as a segment that lives as long as the arena; `onClose` runs when the arena
    /// has been closed.
    static MemorySegment segment(long address, long bytes, Arena arena, Runnable onClose) {
        return MemorySegment.ofAddress(address).reinterpret(bytes, arena, _ -> onClose.run());
    }

    /// The bytes at an address as a segment without an end of life.
    static MemorySegment segment(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    static IOException failure(String call, int errno, String about) {
        return switch (errno) {
            case Errno.ENOSPC, Errno.ENOMEM, Errno.EDQUOT ->
                    new NoSpaceException(
                            "%s found no room: errno=%s, %s"
                                    .formatted(call, Errno.name(errno), about));
            default -> new NativeException(call, errno, about);
        };
    }

    private static IOException openFailure(Path path, int errno) {
        return switch (errno) {
            case Errno.ENOENT -> new NoSuchFileException(path.toString());
            case Errno.EEXIST -> new FileAlreadyExistsException(path.toString());
            case Errno.EACCES, Errno.EPERM -> new AccessDeniedException(path.toString());
            case Errno.EAGAIN -> new LeasedFileException(path);
            case Errno.ELOOP -> new ForeignFileException("file is a symbolic link", path, "");
            case Errno.ENXIO -> new ForeignFileException("file is a pipe or socket", path, "");
            default -> failure("open", errno, "path=" + path);
        };
    }

    private static void check(long result, String call, MemorySegment state, Path path)
            throws IOException {
        if ((int) result != 0) {
            throw failure(call, LibC.errno(state), "path=" + path);
        }
    }

    private static void require() {
        if (PLATFORM == Platform.OTHER) {
            throw new UnsupportedPlatformException(
                    System.getProperty("os.name", "?"), System.getProperty("os.arch", "?"));
        }
    }

    /// What differs between the processors.
    private enum Platform {
        X86_64(0x20000),
        AARCH64(0x8000),
        OTHER(0);

        private final int noFollow;

        Platform(int noFollow) {
            this.noFollow = noFollow;
        }

        static Platform current() {
            String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
            String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
            if (!name.equals("linux")) {
                return OTHER;
            }
            return switch (arch) {
                case "amd64", "x86_64" -> X86_64;
                case "aarch64", "arm64" -> AARCH64;
                default -> OTHER;
            };
        }
    }

    /// The handles, linked at the first call.
    ///
    /// All have one shape, six 64-bit arguments and a 64-bit result: linking a second shape costs
    /// milliseconds at every start of a process, and on both processors a function finds its
    /// arguments in the same registers, ignores the rest, and leaves an `int` result in the lower
    /// half. `open` and `fcntl` are variadic and have a shape of their own.
    private static final class LibC {
        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final MemorySegment EMPTY_NAME = Arena.global().allocateFrom("");

        private static final VarHandle ERRNO =
                STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
        private static final ValueLayout LONG = ValueLayout.JAVA_LONG;
        private static final FunctionDescriptor SHAPE =
                FunctionDescriptor.of(LONG, LONG, LONG, LONG, LONG, LONG, LONG);
        private static final FunctionDescriptor VARIADIC_SHAPE =
                FunctionDescriptor.of(LONG, LONG, LONG, LONG);

        static final MethodHandle OPEN = linkVariadic("open");
        static final MethodHandle FCNTL = linkVariadic("fcntl");
        static final MethodHandle CLOSE = link("close");
        static final MethodHandle STATX = link("statx");
        static final MethodHandle FSTATFS = link("fstatfs");
        static final MethodHandle FTRUNCATE = link("ftruncate");
        static final MethodHandle POSIX_FALLOCATE = link("posix_fallocate");
        static final MethodHandle FCHMOD = link("fchmod");
        static final MethodHandle FLOCK = link("flock");
        static final MethodHandle PWRITE = link("pwrite");
        static final MethodHandle PREAD = link("pread");
        static final MethodHandle MMAP = link("mmap");
        static final MethodHandle MUNMAP = link("munmap");
        static final MethodHandle MADVISE = link("madvise");
        static final int EFFECTIVE_USER = number("geteuid");
        static final long PAGE_BYTES = number("getpagesize");

        private LibC() {}

        static int errno(MemorySegment state) {
            return (int) ERRNO.get(state, 0L);
        }

        static long call(MethodHandle function, MemorySegment state, long a, long b, long c) {
            return call(function, state, a, b, c, 0, 0, 0);
        }

        static long call(
                MethodHandle function,
                MemorySegment state,
                long a,
                long b,
                long c,
                long d,
                long e,
                long f) {
            try {
                return (long) function.invokeExact(state, a, b, c, d, e, f);
            } catch (Throwable failure) { // a native function throws nothing
                throw new AssertionError(failure);
            }
        }

        static int callVariadic(
                MethodHandle function, MemorySegment state, long a, long b, long c) {
            try {
                long result = (long) function.invokeExact(state, a, b, c);
                return (int) result;
            } catch (Throwable failure) { // a native function throws nothing
                throw new AssertionError(failure);
            }
        }

        private static MethodHandle link(String name) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), SHAPE, CAPTURE);
        }

        private static MethodHandle linkVariadic(String name) {
            Linker linker = Linker.nativeLinker();
            MemorySegment function = linker.defaultLookup().findOrThrow(name);
            return linker.downcallHandle(
                    function, VARIADIC_SHAPE, CAPTURE, Linker.Option.firstVariadicArg(2));
        }

        private static int number(String name) {
            try (Arena arena = Arena.ofConfined()) {
                return (int) call(link(name), arena.allocate(STATE), 0, 0, 0);
            }
        }
    }
}
