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
            MemorySegment name = arena.allocateFrom(path.toString());
            MemorySegment state = arena.allocate(LibC.STATE);
            while (true) {
                int descriptor = (int) LibC.OPEN.invokeExact(state, name, all, mode);
                if (descriptor >= 0) {
                    return descriptor;
                }
                int errno = LibC.errno(state);
                if (errno != Errno.EINTR) {
                    throw openFailure(path, errno);
                }
            }
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void close(int descriptor) {
        try (Arena arena = Arena.ofConfined()) {
            // an error of close is about lost writes of network file systems; the descriptor is
            // gone in any case
            int ignored = (int) LibC.CLOSE.invokeExact(arena.allocate(LibC.STATE), descriptor);
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    static FileStatus status(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            MemorySegment buffer = arena.allocate(FileStatus.STATX_BYTES, Long.BYTES);
            int result =
                    (int)
                            LibC.STATX.invokeExact(
                                    state,
                                    descriptor,
                                    LibC.EMPTY_NAME,
                                    AT_EMPTY_PATH,
                                    STATX_BASIC_STATS,
                                    buffer);
            check(result, "statx", state, path);
            return FileStatus.ofStatx(buffer);
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static FileSystemStatus fileSystemStatus(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            MemorySegment buffer = arena.allocate(FileSystemStatus.STATFS_BYTES, Long.BYTES);
            check(
                    (int) LibC.FSTATFS.invokeExact(state, descriptor, buffer),
                    "fstatfs",
                    state,
                    path);
            return FileSystemStatus.ofStatfs(buffer);
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void truncate(int descriptor, long bytes, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            check(
                    (int) LibC.FTRUNCATE.invokeExact(state, descriptor, bytes),
                    "ftruncate",
                    state,
                    path);
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void allocate(int descriptor, long offset, long bytes, Path path) throws IOException {
        try {
            int errno;
            do { // a signal to this thread may end it early; what was allocated stays
                errno = (int) LibC.POSIX_FALLOCATE.invokeExact(descriptor, offset, bytes);
            } while (errno == Errno.EINTR);
            if (errno != 0) {
                throw failure(
                        "posix_fallocate",
                        errno,
                        "path=" + path + ", offset=" + offset + ", bytes=" + bytes);
            }
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void changeMode(int descriptor, int mode, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            check((int) LibC.FCHMOD.invokeExact(state, descriptor, mode), "fchmod", state, path);
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void writeFully(int descriptor, MemorySegment bytes, long offset, Path path)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long done = 0;
            while (done < bytes.byteSize()) {
                long count =
                        (long)
                                LibC.PWRITE.invokeExact(
                                        state,
                                        descriptor,
                                        bytes.asSlice(done),
                                        bytes.byteSize() - done,
                                        offset + done);
                if (count > 0) {
                    done += count;
                } else if (count == 0 || LibC.errno(state) != Errno.EINTR) {
                    throw failure(
                            "pwrite",
                            count == 0 ? Errno.ENOSPC : LibC.errno(state),
                            "path=" + path);
                }
            }
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    /// Reads until the target is full or the file ends; returns the bytes read.
    static long read(int descriptor, MemorySegment target, long offset, Path path)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long done = 0;
            while (done < target.byteSize()) {
                long count =
                        (long)
                                LibC.PREAD.invokeExact(
                                        state,
                                        descriptor,
                                        target.asSlice(done),
                                        target.byteSize() - done,
                                        offset + done);
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
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    /// Takes a lease and drops it at once, with no other system call between the two.
    static LeaseAnswer tryLease(int descriptor, boolean write) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            // The default signal of a broken lease ends the process; SIGURG is ignored by default.
            if ((int) LibC.FCNTL.invokeExact(state, descriptor, F_SETSIG, SIGURG) != 0) {
                return LeaseAnswer.UNKNOWN;
            }
            if ((int)
                            LibC.FCNTL.invokeExact(
                                    state, descriptor, F_SETLEASE, write ? F_WRLCK : F_RDLCK)
                    != 0) {
                return LibC.errno(state) == Errno.EAGAIN ? LeaseAnswer.IN_USE : LeaseAnswer.UNKNOWN;
            }
            int dropped = (int) LibC.FCNTL.invokeExact(state, descriptor, F_SETLEASE, F_UNLCK);
            return dropped == 0 ? LeaseAnswer.GRANTED : LeaseAnswer.UNKNOWN;
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    /// Takes the exclusive `flock` of the file; false when another open file has it.
    static boolean tryLock(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            int result =
                    (int) LibC.FLOCK.invokeExact(state, descriptor, LOCK_EXCLUSIVE_NONBLOCKING);
            if (result != 0 && LibC.errno(state) == Errno.EAGAIN) {
                return false;
            }
            check(result, "flock", state, path);
            return true;
        } catch (Throwable failure) {
            throw rethrow(failure);
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
                    (long)
                            LibC.MMAP.invokeExact(
                                    state, address, bytes, protection, flags, descriptor, offset);
            if (mapped == MAP_FAILED) {
                throw failure("mmap", LibC.errno(state), "bytes=" + bytes);
            }
            return mapped;
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void unmap(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            if ((int) LibC.MUNMAP.invokeExact(state, address, bytes) != 0) {
                throw new IllegalStateException(
                        "munmap failed: errno=%s, bytes=%d"
                                .formatted(Errno.name(LibC.errno(state)), bytes));
            }
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    /// Gives advice and returns 0 or the error number.
    static int advise(long address, long bytes, int advice) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            int errno;
            do {
                int result = (int) LibC.MADVISE.invokeExact(state, address, bytes, advice);
                errno = result == 0 ? 0 : LibC.errno(state);
            } while (errno == Errno.EINTR);
            return errno;
        } catch (Throwable failure) {
            throw new AssertionError(failure);
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

    private static void check(int result, String call, MemorySegment state, Path path)
            throws IOException {
        if (result != 0) {
            throw failure(call, LibC.errno(state), "path=" + path);
        }
    }

    private static void require() {
        if (PLATFORM == Platform.OTHER) {
            throw new UnsupportedPlatformException(
                    System.getProperty("os.name", "?"), System.getProperty("os.arch", "?"));
        }
    }

    /// Method handles declare Throwable; what really comes out is an IOException of ours or an
    /// unchecked one.
    private static IOException rethrow(Throwable failure) {
        return switch (failure) {
            case IOException expected -> expected;
            case RuntimeException unexpected -> throw unexpected;
            case Error error -> throw error;
            default -> throw new AssertionError(failure);
        };
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
    private static final class LibC {
        static final StructLayout STATE = Linker.Option.captureStateLayout();
        static final MemorySegment EMPTY_NAME = Arena.global().allocateFrom("");

        private static final VarHandle ERRNO =
                STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
        private static final Linker.Option CAPTURE = Linker.Option.captureCallState("errno");
        private static final Linker.Option VARIADIC_THIRD = Linker.Option.firstVariadicArg(2);
        private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
        private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
        private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

        static final MethodHandle OPEN =
                link(
                        "open",
                        FunctionDescriptor.of(INT, POINTER, INT, INT),
                        CAPTURE,
                        VARIADIC_THIRD);
        static final MethodHandle CLOSE = link("close", FunctionDescriptor.of(INT, INT), CAPTURE);
        static final MethodHandle STATX =
                link("statx", FunctionDescriptor.of(INT, INT, POINTER, INT, INT, POINTER), CAPTURE);
        static final MethodHandle FSTATFS =
                link("fstatfs", FunctionDescriptor.of(INT, INT, POINTER), CAPTURE);
        static final MethodHandle FTRUNCATE =
                link("ftruncate", FunctionDescriptor.of(INT, INT, LONG), CAPTURE);
        static final MethodHandle POSIX_FALLOCATE =
                link("posix_fallocate", FunctionDescriptor.of(INT, INT, LONG, LONG));
        static final MethodHandle FCHMOD =
                link("fchmod", FunctionDescriptor.of(INT, INT, INT), CAPTURE);
        static final MethodHandle FLOCK =
                link("flock", FunctionDescriptor.of(INT, INT, INT), CAPTURE);
        static final MethodHandle FCNTL =
                link("fcntl", FunctionDescriptor.of(INT, INT, INT, INT), CAPTURE, VARIADIC_THIRD);
        static final MethodHandle PWRITE =
                link("pwrite", FunctionDescriptor.of(LONG, INT, POINTER, LONG, LONG), CAPTURE);
        static final MethodHandle PREAD =
                link("pread", FunctionDescriptor.of(LONG, INT, POINTER, LONG, LONG), CAPTURE);
        static final MethodHandle MMAP =
                link("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG), CAPTURE);
        static final MethodHandle MUNMAP =
                link("munmap", FunctionDescriptor.of(INT, LONG, LONG), CAPTURE);
        static final MethodHandle MADVISE =
                link("madvise", FunctionDescriptor.of(INT, LONG, LONG, INT), CAPTURE);
        static final int EFFECTIVE_USER = number("geteuid");
        static final long PAGE_BYTES = number("getpagesize");

        private LibC() {}

        static int errno(MemorySegment state) {
            return (int) ERRNO.get(state, 0L);
        }

        private static MethodHandle link(
                String name, FunctionDescriptor descriptor, Linker.Option... options) {
            Linker linker = Linker.nativeLinker();
            return linker.downcallHandle(
                    linker.defaultLookup().findOrThrow(name), descriptor, options);
        }

        private static int number(String name) {
            try {
                return (int) link(name, FunctionDescriptor.of(INT)).invokeExact();
            } catch (Throwable failure) {
                throw new AssertionError(failure);
            }
        }
    }
}
