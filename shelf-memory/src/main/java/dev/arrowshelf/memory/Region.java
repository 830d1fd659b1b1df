package dev.arrowshelf.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A file mapped into this process, at a huge page boundary when it is at least one huge page long.
///
/// Any thread may read; the caller orders `extend`, `becomeReadOnly` and `close` against each
/// other. The region owns its shared [Arena]: [#segment] and all slices of it end with [#close],
/// and using them afterwards throws [IllegalStateException]. Addresses handed to native code carry
/// no such check. A region never reaches past the end of its file, so touching it finds a page or
/// makes one; writing to a part of the file that has no pages must go through [#populate] first, or
/// a full file system kills the process.
public final class Region implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final long address;
    private final MemorySegment reserved;
    private final @Nullable FileHandle growing;
    private volatile MemorySegment segment;
    private volatile boolean collapses = true;

    private Region(
            Reservation reservation, long bytes, boolean writable, @Nullable FileHandle growing) {
        this.address = reservation.address();
        this.reserved =
                NativeAccess.segment(address, reservation.bytes(), arena, reservation::release);
        this.growing = growing;
        MemorySegment visible = reserved.asSlice(0, bytes);
        this.segment = writable ? visible : visible.asReadOnly();
    }

    /// Maps the first bytes of a file for reading.
    ///
    /// @throws NoSpaceException when this process has no mapping left
    public static Region mapReadOnly(FileHandle file, long bytes) throws IOException {
        return map(file, bytes, file.size(), false);
    }

    /// Opens a file, maps all of it for reading, and closes the descriptor. Fails like
    /// [FileHandle#openReadOnly].
    public static Region mapReadOnly(Path path) throws IOException {
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            long bytes = file.size();
            if (bytes == 0) {
                throw new ForeignFileException("file is empty", path, "");
            }
            return map(file, bytes, bytes, false);
        }
    }

    /// Maps the first bytes of a file for reading and writing, shared with every process but forked
    /// children.
    public static Region mapWritable(FileHandle file, long bytes) throws IOException {
        return map(file, bytes, file.size(), true);
    }

    /// Reserves addresses for a file that grows in place, and maps what the file has now for
    /// reading and writing.
    public static Region reserveWritable(FileHandle file, long maxBytes) throws IOException {
        long bytes = file.size();
        checkBytes(bytes, maxBytes, file);
        Reservation reservation = Reservation.of(maxBytes, 2);
        try {
            reservation.map(file, 0, bytes, true);
            return new Region(reservation, bytes, true, file);
        } catch (Throwable failure) {
            reservation.release();
            throw failure;
        }
    }

    private static Region map(FileHandle file, long bytes, long fileBytes, boolean writable)
            throws IOException {
        checkBytes(bytes, fileBytes, file);
        Reservation reservation = Reservation.mapped(file, bytes, writable);
        return new Region(reservation, bytes, writable, null);
    }

    private static void checkBytes(long bytes, long limit, FileHandle file) {
        if (bytes <= 0 || bytes > limit) {
            throw new IllegalArgumentException(
                    "mapping must lie within its file: bytes=%d, limit=%d, path=%s"
                            .formatted(bytes, limit, file.path()));
        }
    }

    /// The mapped bytes; read-only when the region is.
    public MemorySegment segment() {
        if (!open.getPlain()) {
            throw new IllegalStateException("region is closed");
        }
        return segment;
    }

    /// Where the mapping begins in this process.
    public long address() {
        return address;
    }

    /// How many bytes are mapped.
    public long byteSize() {
        return segment().byteSize();
    }

    /// Maps what the file grew by, at the addresses that follow. Earlier segments stay valid.
    public void extend(long newBytes) throws IOException {
        FileHandle file = growing;
        if (file == null) {
            throw new IllegalStateException(
                    "region was not reserved for growth: bytes=" + byteSize());
        }
        long mapped = byteSize();
        checkBytes(newBytes, Math.min(reserved.byteSize(), file.size()), file);
        if (newBytes > mapped) {
            Reservation.mapOver(address, file, mapped, newBytes, true);
            segment = reserved.asSlice(0, newBytes);
        }
    }

    /// Replaces the writable mapping by a read-only one of the same file at the same addresses:
    /// views keep reading.
    ///
    /// Writing through an older view or a raw address afterwards ends the process.
    public void becomeReadOnly(FileHandle readOnly) throws IOException {
        long bytes = byteSize();
        checkBytes(bytes, readOnly.size(), readOnly);
        Reservation.mapOver(address, readOnly, 0, bytes, false);
        segment = segment.asReadOnly();
    }

    /// Makes the pages of a range exist, as huge pages where the file system lets us; bytes already
    /// there stay.
    ///
    /// @throws NoSpaceException when the file system or the memory is full
    public void populate(long offset, long bytes) throws IOException {
        Objects.checkFromIndexSize(offset, bytes, byteSize());
        collapses = HugePages.populate(address, offset, bytes, collapses);
    }

    /// Ends the mapping; the second call does nothing. No thread sees the bytes any more when this
    /// returns.
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            arena.close();
        }
    }
}
