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
            MemorySegment name = arena.allocateFrom(path.toString());
            MemorySegment state = arena.allocate(LibC.STATE);
            while (true) {
                long result =
                        (long)
                                LibC.OPEN.invokeExact(
                                        state, name.address(), (long) all, (long) mode);
                if ((int) result >= 0) {
                    return (int) result;
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
            long ignored =
                    (long)
                            LibC.CLOSE.invokeExact(
                                    arena.allocate(LibC.STATE),
                                    (long) descriptor,
                                    0L,
                                    0L,
                                    0L,
                                    0L,
                                    0L);
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    static FileStatus status(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            MemorySegment buffer = arena.allocate(FileStatus.STATX_BYTES, Long.BYTES);
            long result =
                    (long)
                            LibC.STATX.invokeExact(
                                    state,
                                    (long) descriptor,
                                    LibC.EMPTY_NAME.address(),
                                    (long) AT_EMPTY_PATH,
                                    (long) STATX_BASIC_STATS,
                                    buffer.address(),
                                    0L);
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
            long result =
                    (long)
                            LibC.FSTATFS.invokeExact(
                                    state, (long) descriptor, buffer.address(), 0L, 0L, 0L, 0L);
            check(result, "fstatfs", state, path);
            return FileSystemStatus.ofStatfs(buffer);
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void truncate(int descriptor, long bytes, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long result =
                    (long)
                            LibC.FTRUNCATE.invokeExact(
                                    state, (long) descriptor, bytes, 0L, 0L, 0L, 0L);
            check(result, "ftruncate", state, path);
        } catch (Throwable failure) {
            throw rethrow(failure);
        }
    }

    static void allocate(int descriptor, long offset, long bytes, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            int errno;
            do { // a signal to this thread may end it early; what was allocated stays
                long result =
                        (long)
                                LibC.POSIX_FALLOCATE.invokeExact(
                                        state, (long) descriptor, offset, bytes, 0L, 0L, 0L);
                errno = (int) result;
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
            long result =
                    (long)
                            LibC.FCHMOD.invokeExact(
                                    state, (long) descriptor, (long) mode, 0L, 0L, 0L, 0L);
            check(result, "fchmod", state, path);
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
                                        (long) descriptor,
                                        bytes.address() + done,
                                        bytes.byteSize() - done,
                                        offset + done,
                                        0L,
                                        0L);
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
                long count =
                        (long)
                                LibC.PREAD.invokeExact(
                                        state,
                                        (long) descriptor,
                                        target.address() + done,
                                        target.byteSize() - done,
                                        offset + done,
                                        0L,
                                        0L);
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
        } finally {
            Reference.reachabilityFence(target);
        }
    }

    /// Takes a lease and drops it at once, with no other system call between the two.
    static LeaseAnswer tryLease(int descriptor, boolean write) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            // The default signal of a broken lease ends the process; SIGURG is ignored by default.
            long result =
                    (long)
                            LibC.FCNTL.invokeExact(
                                    state, (long) descriptor, (long) F_SETSIG, (long) SIGURG);
            if ((int) result != 0) {
                return LeaseAnswer.UNKNOWN;
            }
            long kind = write ? F_WRLCK : F_RDLCK;
            result =
                    (long)
                            LibC.FCNTL.invokeExact(
                                    state, (long) descriptor, (long) F_SETLEASE, kind);
            if ((int) result != 0) {
                return LibC.errno(state) == Errno.EAGAIN ? LeaseAnswer.IN_USE : LeaseAnswer.UNKNOWN;
            }
            result =
                    (long)
                            LibC.FCNTL.invokeExact(
                                    state, (long) descriptor, (long) F_SETLEASE, (long) F_UNLCK);
            return (int) result == 0 ? LeaseAnswer.GRANTED : LeaseAnswer.UNKNOWN;
        } catch (Throwable failure) {
            throw new AssertionError(failure);
        }
    }

    /// Takes the exclusive `flock` of the file; false when another open file has it.
    static boolean tryLock(int descriptor, Path path) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(LibC.STATE);
            long result =
                    (long)
                            LibC.FLOCK.invokeExact(
                                    state,
                                    (long) descriptor,
                                    (long) LOCK_EXCLUSIVE_NONBLOCKING,
                                    0L,
                                    0L,
                                    0L,
                                    0L);
            if ((int) result != 0 && LibC.errno(state) == Errno.EAGAIN) {
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
                                    state,
                                    address,
                                    bytes,
                                    (long) protection,
                                    (long) flags,
                                    (long) descriptor,
                                    offset);
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
            long result = (long) LibC.MUNMAP.invokeExact(state, address, bytes, 0L, 0L, 0L, 0L);
            if ((int) result != 0) {
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
                long result =
                        (long)
                                LibC.MADVISE.invokeExact(
                                        state, address, bytes, (long) advice, 0L, 0L, 0L);
                errno = (int) result == 0 ? 0 : LibC.errno(state);
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
                MethodHandle function = link(name);
                long result =
                        (long) function.invokeExact(arena.allocate(STATE), 0L, 0L, 0L, 0L, 0L, 0L);
                return (int) result;
            } catch (Throwable failure) {
                throw new AssertionError(failure);
            }
        }
    }
}
