package dev.arrowshelf.server.control;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ColdPages;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the payload of one request from front to back; every length is checked against what is
/// left.
///
/// Thread rule: for one thread. Memory rule: what [#rest()] returns and message metadata lie in the
/// connection's receive buffer and end with the request.
final class Request {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int POPULATES = 1;
    private static final int FAIL_WHEN_EXISTS = 2;
    private static final int VALIDATE_UTF8 = 4;
    private static final int RETENTION = 8;
    private static final int SMALLEST_MESSAGE_BYTES = 12;
    private static final int PLACEMENT_BYTES = 24;

    private final MemorySegment payload;
    private long position;

    Request(MemorySegment payload) {
        this.payload = payload;
    }

    boolean isAtEnd() {
        return position == payload.byteSize();
    }

    int u32() {
        require(Integer.BYTES);
        int value = payload.get(INT, position);
        position += Integer.BYTES;
        return value;
    }

    /// Reads a 64-bit number that must fit into a positive `long`.
    long u64() {
        require(Long.BYTES);
        long value = payload.get(LONG, position);
        if (value < 0) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "number too large: value="
                            + Long.toUnsignedString(value)
                            + ", position="
                            + position);
        }
        position += Long.BYTES;
        return value;
    }

    /// Reads any 64 bits.
    long number() {
        require(Long.BYTES);
        long value = payload.get(LONG, position);
        position += Long.BYTES;
        return value;
    }

    /// Reads a text.
    String text() {
        return new String(key(), StandardCharsets.UTF_8);
    }

    MemorySegment bytes() {
        long length = Integer.toUnsignedLong(u32());
        require(length);
        MemorySegment slice = payload.asSlice(position, length);
        position += length;
        return slice;
    }

    byte[] key() {
        return bytes().toArray(ValueLayout.JAVA_BYTE);
    }

    List<IpcMessage> messages() {
        int count = count(SMALLEST_MESSAGE_BYTES);
        List<IpcMessage> messages = new ArrayList<>(count);
        for (int number = 0; number < count; number++) {
            MemorySegment metadata = bytes();
            messages.add(new IpcMessage(metadata, u64()));
        }
        return messages;
    }

    List<Placement> placements() {
        int count = count(PLACEMENT_BYTES);
        List<Placement> placements = new ArrayList<>(count);
        for (int number = 0; number < count; number++) {
            placements.add(new Placement(u64(), u64(), u64()));
        }
        return placements;
    }

    /// Reads an absolute path.
    Path directory() {
        String text = text();
        Path path;
        try {
            path = Path.of(text);
        } catch (InvalidPathException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "not a path: text=" + text, malformed);
        }
        if (!path.isAbsolute()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "path is not absolute: path=" + text);
        }
        return path;
    }

    /// A number of milliseconds as it stands in requests: 0 says nothing, the greatest number for
    /// ever.
    static Optional<Duration> duration(long millis) {
        if (millis == 0) {
            return Optional.empty();
        }
        return Optional.of(millis == Long.MAX_VALUE ? Duration.ZERO : Duration.ofMillis(millis));
    }

    /// Reads how to put, after flags and key.
    PutOptions options(int flags, String client) {
        if ((flags & ~(POPULATES | FAIL_WHEN_EXISTS | VALIDATE_UTF8 | RETENTION)) != 0) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "unknown put flags: flags=0x" + Integer.toHexString(flags));
        }
        Retention retention = Retention.DEFAULT;
        if ((flags & RETENTION) != 0) {
            retention = new Retention(duration(u64()), duration(u64()), text());
        }
        return new PutOptions(
                0,
                0,
                (flags & FAIL_WHEN_EXISTS) == 0,
                (flags & VALIDATE_UTF8) != 0,
                false,
                retention,
                0,
                client);
    }

    static ColdPages coldPages(int flags) {
        return (flags & POPULATES) != 0 ? ColdPages.WRITER_POPULATES : ColdPages.OWNER_ALLOCATES;
    }

    private int count(int smallestBytes) {
        long count = Integer.toUnsignedLong(u32());
        if (count * smallestBytes > payload.byteSize() - position) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "list is longer than its request: entries="
                            + count
                            + ", bytes left="
                            + (payload.byteSize() - position));
        }
        return (int) count;
    }

    private void require(long bytes) {
        if (bytes > payload.byteSize() - position) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "request is cut short: wanted="
                            + bytes
                            + ", left="
                            + (payload.byteSize() - position)
                            + ", position="
                            + position);
        }
    }
}
