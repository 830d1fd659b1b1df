package dev.arrowshelf.store.table.mapping;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.spill.StoredBytes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A partition that lay on disk when its table was opened, and that nobody reads before it is
/// needed.
///
/// The file is mapped from the beginning, which reads nothing: so its content stays to be had when
/// the table is deleted. Whoever needs it first asks the owner, who brings it back to memory or
/// checks it on disk. Where the owner does not have it any more, or there is none, it is checked
/// here, and decompressed into memory of this process.
///
/// Thread-safe: one thread finds the bytes, others wait for it.
public final class SpilledBytes implements PartitionBytes {
    private static final int MOST_ATTEMPTS = 16;
    private static final int LEAST_ALIGNMENT = 64;
    private static final long PAUSE_NANOS = 100_000;

    private final Path segment;
    private final Path file;
    private final long bytes;
    private final SpillPlace place;
    private final Supplier<Recaller.Answer> owner;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable MemorySegment found;

    @GuardedBy("lock")
    private @Nullable Region stored;

    @GuardedBy("lock")
    private @Nullable AutoCloseable holder;

    /// @param segment where it is when it is back in memory
    /// @param file where it is on disk
    /// @param stored the file, mapped; null when there is none
    /// @param bytes length of the segment
    /// @param place how it was spilled
    /// @param owner is asked to make it readable
    public SpilledBytes(
            Path segment,
            Path file,
            @Nullable Region stored,
            long bytes,
            SpillPlace place,
            Supplier<Recaller.Answer> owner) {
        this.segment = segment;
        this.file = file;
        this.stored = stored;
        this.bytes = bytes;
        this.place = place;
        this.owner = owner;
    }

    @Override
    public MemorySegment segment() {
        MemorySegment known = found;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            known = found;
            if (known == null) {
                known = find();
                found = known;
            }
            return known;
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "spilled partition cannot be read: file=%s, cause=%s"
                            .formatted(file, failure.getMessage()),
                    failure);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public MemorySegment unchecked() {
        MemorySegment known = found;
        if (known == null && place.codec() == SpillCodec.NONE) {
            lock.lock();
            try {
                Region mapped = stored;
                if (mapped != null && mapped.byteSize() == bytes) {
                    return mapped.segment();
                }
            } finally {
                lock.unlock();
            }
        }
        return segment();
    }

    @GuardedBy("lock")
    private MemorySegment find() throws IOException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Recaller.Answer answer = owner.get();
            if (answer == Recaller.Answer.GONE || answer == Recaller.Answer.NOBODY) {
                break;
            }
            try {
                Path now = answer == Recaller.Answer.RESIDENT ? segment : file;
                Region region = Region.mapReadOnly(now);
                if (region.byteSize() == bytes) {
                    holder = region;
                    return region.segment();
                }
                region.close();
            } catch (NoSuchFileException | LeasedFileException _) {
                LockSupport.parkNanos(PAUSE_NANOS); // moved since, or about to
            }
        }
        return checkedHere();
    }

    @GuardedBy("lock")
    private MemorySegment checkedHere() throws IOException {
        Region mapped = stored;
        if (mapped == null) {
            throw new ShelfException(
                    ErrorCode.CORRUPT, "file of a spilled partition is missing: file=" + file);
        }
        if (place.codec() == SpillCodec.NONE) {
            read(mapped, (_, _) -> {});
            return mapped.segment();
        }
        Arena arena = Arena.ofShared();
        try {
            MemorySegment content = arena.allocate(bytes, LEAST_ALIGNMENT);
            read(mapped, new InMemory(content));
            holder = arena;
            return content.asReadOnly();
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    private void read(Region from, StoredBytes.Target target) throws IOException {
        StoredBytes.read(from.segment(), file, bytes, place.codec(), place.crc(), target);
    }

    @Override
    public void release() {
        lock.lock();
        try {
            Region mapped = stored;
            AutoCloseable held = holder;
            stored = null;
            holder = null;
            if (mapped != null) {
                mapped.close();
            }
            if (held != null) {
                held.close();
            }
        } catch (Exception failure) {
            throw new IllegalStateException("partition cannot be let go: file=" + file, failure);
        } finally {
            lock.unlock();
        }
    }

    private record InMemory(MemorySegment content) implements StoredBytes.Target {
        @Override
        public void write(MemorySegment piece, long offset) {
            MemorySegment.copy(piece, 0, content, offset, piece.byteSize());
        }

        @Override
        public MemorySegment place(long offset, long length) {
            return content.asSlice(offset, length);
        }
    }
}
