package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.PutPort.OpenPlace;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/// The memory of a table that is built in place: a mapped blank, given out in blocks at multiples
/// of 64 bytes and grown when it is used up.
///
/// Thread-safe. The mapping lives until [#close()] was called and the last block was given back.
final class BlankMemory implements AutoCloseable {
    private static final long ALIGNMENT = 64;
    private static final long MOST_RESERVED_BYTES = 1L << 40;
    private static final long POPULATE_STEP_BYTES = 8L << 20;
    private static final long LEAST_GROWTH_BYTES = 8L << 20;

    private final OpenPlace place;
    private final FileHandle file;
    private final Region region;
    private final long begin;
    private final TreeMap<Long, Long> free = new TreeMap<>();
    private long end;
    private long ready;
    private long blocks;
    private boolean sealed;
    private boolean closed;

    private BlankMemory(OpenPlace place, FileHandle file, Region region) {
        this.place = place;
        this.file = file;
        this.region = region;
        this.begin = roundUp(place.firstUsableOffset());
        this.end = begin;
        this.ready = place.warmBytes();
    }

    /// Maps the file of a place, with addresses to grow into.
    static BlankMemory map(OpenPlace place) throws IOException {
        FileHandle file = FileHandle.openReadWrite(place.file());
        try {
            long reserved = Math.max(MOST_RESERVED_BYTES, place.bytes());
            while (true) {
                try {
                    return new BlankMemory(place, file, Region.reserveWritable(file, reserved));
                } catch (NoSpaceException full) {
                    if (reserved == place.bytes()) {
                        throw full;
                    }
                    reserved = Math.max(reserved / 16, place.bytes());
                }
            }
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /// Gives out a block and returns its address.
    ///
    /// @throws OutOfMemoryException when the shelf is full
    synchronized long take(long bytes) {
        if (sealed || closed) {
            throw new IllegalStateException("table is built: nothing can be allocated any more");
        }
        long size = roundUp(bytes);
        Long offset = takeFree(size);
        if (offset == null) {
            offset = end;
            extendTo(Math.addExact(end, size));
            end += size;
        }
        blocks++;
        return region.address() + offset;
    }

    /// Takes a block back.
    synchronized void giveBack(long address, long bytes) {
        long offset = address - region.address();
        long size = roundUp(bytes);
        Map.Entry<Long, Long> before = free.floorEntry(offset);
        if (before != null && before.getKey() + before.getValue() == offset) {
            offset = before.getKey();
            size += before.getValue();
            free.remove(offset);
        }
        Long after = free.remove(offset + size);
        if (after != null) {
            size += after;
        }
        if (offset + size == end) {
            end = offset;
        } else {
            free.put(offset, size);
        }
        blocks--;
        unmapWhenDone();
    }

    /// Returns the offset in the file of an address that lies in a block, or -1.
    long offsetOf(long address) {
        long offset = address - region.address();
        return offset >= begin && offset < region.byteSize() ? offset : -1;
    }

    /// Puts a read-only mapping over the writable one and closes the writable descriptor: blocks
    /// stay readable, and nobody can write.
    synchronized void becomeReadOnly() throws IOException {
        sealed = true;
        try (FileHandle readOnly = FileHandle.openReadOnly(place.file())) {
            region.becomeReadOnly(readOnly);
        }
        file.close();
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            file.close();
            unmapWhenDone();
        }
    }

    private @Nullable Long takeFree(long size) {
        for (Map.Entry<Long, Long> hole : free.entrySet()) {
            long offset = hole.getKey();
            long room = hole.getValue();
            if (room >= size) {
                return carve(offset, room, size);
            }
        }
        return null;
    }

    private long carve(long offset, long room, long size) {
        free.remove(offset);
        if (room > size) {
            free.put(offset + size, room - size);
        }
        return offset;
    }

    private void extendTo(long newEnd) {
        try {
            if (newEnd > region.byteSize()) {
                long growth = Math.max(LEAST_GROWTH_BYTES, region.byteSize() / 2);
                place.grow(Math.max(newEnd, region.byteSize() + growth));
                region.extend(place.bytes());
            }
            populateTo(newEnd);
        } catch (IOException | ShelfException failure) {
            throw new OutOfMemoryException(
                    "table cannot grow in place: wantedBytes="
                            + newEnd
                            + ", cause="
                            + failure.getMessage(),
                    failure);
        }
    }

    /// Makes pages a step ahead: whole steps are huge pages, blocks end anywhere.
    private void populateTo(long newEnd) throws IOException {
        ready = Math.max(ready, place.warmBytes());
        if (ready < newEnd) {
            long ahead = Math.ceilDiv(newEnd, POPULATE_STEP_BYTES) * POPULATE_STEP_BYTES;
            long to = Math.min(ahead, region.byteSize());
            region.populate(ready, to - ready);
            ready = to;
        }
    }

    private void unmapWhenDone() {
        if (closed && blocks == 0) {
            region.close();
        }
    }

    private static long roundUp(long bytes) {
        return Math.addExact(bytes, ALIGNMENT - 1) & -ALIGNMENT;
    }
}
