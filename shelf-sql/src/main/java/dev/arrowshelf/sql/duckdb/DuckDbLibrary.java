package dev.arrowshelf.sql.duckdb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.file.Path;
import java.util.Arrays;

/// DuckDB's native library, loaded once and for as long as the process lives.
///
/// Immutable and thread-safe. Loading it throws [LibraryException] when there is none for this
/// system, or when it is not the version this code was written for.
@SuppressWarnings("restricted") // this package is the border to native code
public final class DuckDbLibrary {
    /// The version whose functions and structures this package knows.
    public static final String VERSION = "v2.0.0";

    private static final Linker LINKER = Linker.nativeLinker();

    private static final MethodHandle RELEASE =
            LINKER.downcallHandle(FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    private final SymbolLookup lookup;
    private final Path file;

    private DuckDbLibrary(SymbolLookup lookup, Path file) {
        this.lookup = lookup;
        this.file = file;
    }

    /// Loads the library, looks for every function and asks for its version. Cheap when done
    /// before.
    public static void load() {
        try {
            Loaded.check();
        } catch (ExceptionInInitializerError failure) {
            if (failure.getCause() instanceof LibraryException cause) {
                throw cause;
            }
            throw failure;
        } catch (NoClassDefFoundError again) {
            throw new LibraryException(
                    "DuckDB's library could not be loaded before in this process", again);
        }
    }

    /// Makes a native function of a callback with one pointer.
    public static MemorySegment callback(Callback.OfHandle target, Arena arena) {
        return stub(Callback.OfHandle.class, target, 1, arena);
    }

    /// Makes a native function of a callback with three pointers.
    public static MemorySegment callback(Callback.OfInfo target, Arena arena) {
        return stub(Callback.OfInfo.class, target, 3, arena);
    }

    /// Makes a native function of a callback with four pointers.
    public static MemorySegment callback(Callback.OfBinding target, Arena arena) {
        return stub(Callback.OfBinding.class, target, 4, arena);
    }

    private static <T extends Callback> MemorySegment stub(
            Class<T> kind, T target, int pointers, Arena arena) {
        Class<?>[] parameters = new Class<?>[pointers];
        Arrays.fill(parameters, MemorySegment.class);
        ValueLayout[] layouts = new ValueLayout[pointers];
        Arrays.fill(layouts, ValueLayout.ADDRESS);
        try {
            MethodHandle handle =
                    MethodHandles.lookup()
                            .findVirtual(
                                    kind, "call", MethodType.methodType(void.class, parameters))
                            .bindTo(target);
            return LINKER.upcallStub(handle, FunctionDescriptor.ofVoid(layouts), arena);
        } catch (ReflectiveOperationException missing) {
            throw new IllegalStateException("callback cannot be made: kind=" + kind, missing);
        }
    }

    /// Calls the release function of a structure of the Arrow C data interface.
    public static void callRelease(MemorySegment function, MemorySegment structure) {
        try {
            RELEASE.invokeExact(function, structure);
        } catch (Throwable impossible) {
            throw new IllegalStateException("release failed", impossible);
        }
    }

    static DuckDbLibrary symbols() {
        return Opened.LIBRARY;
    }

    MethodHandle link(String symbol, FunctionDescriptor descriptor) {
        MemorySegment address =
                lookup.find(symbol)
                        .orElseThrow(() ->
                                new LibraryException(
                                        "DuckDB's library lacks a function: symbol=%s, file=%s, wanted=%s"
                                                .formatted(symbol, file, VERSION)));
        return LINKER.downcallHandle(address, descriptor);
    }

    /// The library itself; its code stays in memory until the process ends, as threads may be in
    /// it.
    private static final class Opened {
        private static final DuckDbLibrary LIBRARY = open();

        private static DuckDbLibrary open() {
            Path file = locate();
            try {
                return new DuckDbLibrary(SymbolLookup.libraryLookup(file, Arena.global()), file);
            } catch (IllegalArgumentException refused) {
                throw new LibraryException(
                        "DuckDB's library cannot be loaded (it needs glibc 2.25 and libstdc++): file="
                                + file,
                        refused);
            }
        }

        private static Path locate() {
            try {
                return LibraryFile.locate();
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    /// The version, asked for once.
    private static final class Loaded {
        private static final String FOUND = version();

        static void check() {
            if (!FOUND.equals(VERSION)) {
                throw new LibraryException(
                        "DuckDB's library has another version: found=%s, wanted=%s"
                                .formatted(FOUND, VERSION));
            }
        }

        private static String version() {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment text = arena.allocate(Call.TEXT_BYTES, Long.BYTES);
                ApiFunction.LIBRARY_VERSION.call(text);
                return Call.read(text);
            }
        }
    }
}
