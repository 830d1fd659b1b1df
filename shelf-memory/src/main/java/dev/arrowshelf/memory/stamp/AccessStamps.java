package dev.arrowshelf.memory.stamp;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.ForeignFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// The file `access`: when each table was used last and how often, stamped by its readers, and how
/// long it may live, set by the owner. Little-endian; `docs/spec/shelf-directory.md` has the table.
///
/// ```
/// 0    header, 64 bytes            magic, version, incarnation of the control block it belongs to, slot count
/// 64   entries, 32 bytes each      last use | uses | expires | most idle; the entry's number is the slot's
/// ```
///
/// Thread-safe: each value is one word, read and written singly; counts are not exact, since
/// processes add to them without a lock. Stamps are advice for eviction, and the measure of
/// idleness; nothing else depends on them. Owns its mapping.
public final class AccessStamps implements AutoCloseable {
    /// Never: no time to live, no greatest idle time.
    public static final long NEVER = 0;

    private static final String FILE_NAME = "access";
    private static final long MAGIC = 0x3153434341485341L; // "ASHACCS1"
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 64;
    private static final int ENTRY_BYTES = 32;

    private static final int MODE = 0600;
    private static final long VERSION_AT = 8;
    private static final long HEADER_BYTES_AT = 12;
    private static final long INCARNATION_AT = 16;
    private static final long SLOT_COUNT_AT = 24;
    private static final long LAST_USE = 0;
    private static final long USES = 8;
    private static final long EXPIRES = 16;
    private static final long MOST_IDLE = 24;
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle WORD = LONG.varHandle();

    private final Arena arena = Arena.ofShared();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final MemorySegment file;
    private final int slots;

    private AccessStamps(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        path,
                        Set.of(
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE,
                                LinkOption.NOFOLLOW_LINKS))) {
            long bytes = channel.size();
            if (bytes < HEADER_BYTES) {
                throw new ForeignFileException("not a file of stamps", path, "bytes=" + bytes);
            }
            file = channel.map(MapMode.READ_WRITE, 0, bytes, arena);
            long count = file.get(LONG, SLOT_COUNT_AT);
            slots = (int) Math.clamp(count, 0, (bytes - HEADER_BYTES) / ENTRY_BYTES);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /// Returns the length of a file of stamps.
    public static long bytesFor(int slots) {
        return HEADER_BYTES + (long) slots * ENTRY_BYTES;
    }

    /// Writes stamps for a control block into `tmp/`, all zero, with all its pages.
    public static AccessStamps create(Path directory, long incarnation, int slots)
            throws IOException {
        Path path = temporary(directory, incarnation);
        long bytes = bytesFor(slots);
        try (FileHandle handle = FileHandle.create(path, MODE)) {
            handle.allocate(0, bytes);
            byte[] header = new byte[HEADER_BYTES];
            MemorySegment head = MemorySegment.ofArray(header);
            head.set(unaligned(LONG), 0, MAGIC);
            head.set(INT.withByteAlignment(1), VERSION_AT, VERSION);
            head.set(INT.withByteAlignment(1), HEADER_BYTES_AT, HEADER_BYTES);
            head.set(unaligned(LONG), INCARNATION_AT, incarnation);
            head.set(unaligned(LONG), SLOT_COUNT_AT, slots);
            handle.write(head, 0);
        }
        return new AccessStamps(path);
    }

    private static ValueLayout.OfLong unaligned(ValueLayout.OfLong layout) {
        return layout.withByteAlignment(1);
    }

    /// Gives the new stamps the name `access`.
    public static void install(Path directory, long incarnation) throws IOException {
        Files.move(
                temporary(directory, incarnation),
                directory.resolve(FILE_NAME),
                StandardCopyOption.ATOMIC_MOVE);
    }

    /// Removes stamps that were never given their name.
    public static void discard(Path directory, long incarnation) throws IOException {
        Files.deleteIfExists(temporary(directory, incarnation));
    }

    private static Path temporary(Path directory, long incarnation) {
        return directory.resolve("tmp").resolve("access-%016x".formatted(incarnation));
    }

    /// Maps the stamps that belong to a control block; null when those at hand belong to another
    /// one, or there are none that this user may write.
    public static @Nullable AccessStamps open(Path directory, long incarnation, int slots) {
        Path path = directory.resolve(FILE_NAME);
        try {
            Object ours = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
            if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
                    || !Objects.equals(
                            Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS),
                            ours)) {
                return null;
            }
            AccessStamps stamps = new AccessStamps(path);
            if (stamps.slots == slots && stamps.belongsTo(incarnation)) {
                return stamps;
            }
            stamps.close();
            return null;
        } catch (NoSuchFileException _) { // a shelf of an earlier version
            return null;
        } catch (IOException _) { // read-only, or planted: this process leaves no stamps
            return null;
        }
    }

    private boolean belongsTo(long incarnation) {
        return file.get(LONG, 0) == MAGIC
                && file.get(INT, VERSION_AT) == VERSION
                && file.get(LONG, INCARNATION_AT) == incarnation;
    }

    /// Begins a slot's entry anew for a table that was just put.
    public void begin(int slot, long nowMillis, long expiresMillis, long mostIdleMillis) {
        long entry = entry(slot);
        WORD.setOpaque(file, entry + LAST_USE, nowMillis);
        WORD.setOpaque(file, entry + USES, 0L);
        setLifetime(slot, expiresMillis, mostIdleMillis);
    }

    /// Takes an entry over from another file of stamps.
    public void copy(int slot, AccessStamps from, int other) {
        for (long word = 0; word < ENTRY_BYTES; word += Long.BYTES) {
            long value = (long) WORD.getOpaque(from.file, from.entry(other) + word);
            WORD.setOpaque(file, entry(slot) + word, value);
        }
    }

    /// Says how long a slot's table may live from now on; [#NEVER] for ever, any time.
    public void setLifetime(int slot, long expiresMillis, long mostIdleMillis) {
        long entry = entry(slot);
        WORD.setRelease(file, entry + EXPIRES, expiresMillis);
        WORD.setRelease(file, entry + MOST_IDLE, mostIdleMillis);
    }

    /// Says that a slot's table was used, that often since the last time this was said.
    public void used(int slot, long nowMillis, long times) {
        long entry = entry(slot);
        if ((long) WORD.getOpaque(file, entry + LAST_USE) != nowMillis) {
            WORD.setOpaque(file, entry + LAST_USE, nowMillis);
        }
        if (times > 0) {
            WORD.getAndAdd(file, entry + USES, times);
        }
    }

    /// Returns when a slot's table was used last, milliseconds since 1970.
    public long lastUse(int slot) {
        return (long) WORD.getOpaque(file, entry(slot) + LAST_USE);
    }

    /// Returns how often a slot's table was used, about.
    public long uses(int slot) {
        return (long) WORD.getOpaque(file, entry(slot) + USES);
    }

    /// Returns when a slot's table ends, milliseconds since 1970; [#NEVER] for not at all.
    public long expires(int slot) {
        return (long) WORD.getAcquire(file, entry(slot) + EXPIRES);
    }

    /// Returns how long a slot's table may go unused, milliseconds; [#NEVER] for any time.
    public long mostIdle(int slot) {
        return (long) WORD.getAcquire(file, entry(slot) + MOST_IDLE);
    }

    /// Returns whether a slot's table ends by itself some time.
    public boolean isLimited(int slot) {
        return expires(slot) != NEVER || mostIdle(slot) != NEVER;
    }

    /// Returns whether a slot's table is over at that time.
    public boolean isOver(int slot, long nowMillis) {
        long expires = expires(slot);
        long idle = mostIdle(slot);
        return (expires != NEVER && nowMillis >= expires)
                || (idle != NEVER && nowMillis - lastUse(slot) >= idle);
    }

    private long entry(int slot) {
        return HEADER_BYTES + (long) ENTRY_BYTES * Objects.checkIndex(slot, slots);
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            arena.close();
        }
    }
}
