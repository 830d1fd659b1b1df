package dev.arrowshelf.memory.owner;

import dev.arrowshelf.memory.FileHandle;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/// The right to change a shelf: an exclusive `flock` on `owner.lock`, which ends with the process
/// whatever happens.
///
/// The file's first line names the holder, for messages only; the second keeps the shelf's random
/// id over restarts. Both lines have fixed lengths, so rewriting the first never moves the second.
/// Thread-safe; `close` lets the shelf go.
public final class OwnerLock implements AutoCloseable {
    private static final String FILE_NAME = "owner.lock";
    private static final int FIRST_LINE_BYTES = 48;
    private static final int ID_DIGITS = 32;
    private static final int MODE = 0600;

    private final FileHandle file;
    private final ProcessIdentity owner;
    private final UUID shelfId;

    private OwnerLock(FileHandle file, ProcessIdentity owner, UUID shelfId) {
        this.file = file;
        this.owner = owner;
        this.shelfId = shelfId;
    }

    /// Takes the lock of a shelf directory, which must exist.
    ///
    /// @throws ShelfOwnedException when another process, or another lock of this one, holds it
    public static OwnerLock acquire(Path directory) throws IOException {
        FileHandle file = FileHandle.openOrCreate(directory.resolve(FILE_NAME), MODE);
        try {
            if (!file.tryLock()) {
                throw new ShelfOwnedException(directory, holder(read(file)));
            }
            ProcessIdentity self = ProcessIdentity.self();
            UUID id = shelfId(read(file)).orElseGet(OwnerLock::randomId);
            String first = "%-" + (FIRST_LINE_BYTES - 1) + "s\n";
            String text = first.formatted(self.pid() + " " + self.startTime()) + hex(id) + "\n";
            file.write(MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII)), 0);
            return new OwnerLock(file, self, id);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /// This process, as the lock file names it.
    public ProcessIdentity owner() {
        return owner;
    }

    /// The shelf's id: random at its first start, the same ever after.
    public UUID shelfId() {
        return shelfId;
    }

    /// Lets the shelf go; the file stays. The second call does nothing.
    @Override
    public void close() {
        file.close();
    }

    private static String read(FileHandle file) throws IOException {
        MemorySegment bytes = MemorySegment.ofArray(new byte[FIRST_LINE_BYTES + ID_DIGITS + 1]);
        long count = file.read(bytes, 0);
        return new String(
                bytes.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    }

    private static long holder(String text) {
        String first = text.lines().findFirst().orElse("").strip();
        try {
            return Long.parseLong(first.split(" ", 2)[0]);
        } catch (NumberFormatException _) { // only for a message
            return 0;
        }
    }

    private static Optional<UUID> shelfId(String text) {
        return text.lines()
                .skip(1)
                .findFirst()
                .filter(line -> line.matches("[0-9a-f]{32}"))
                .map(OwnerLock::id);
    }

    private static UUID id(String hex) {
        return new UUID(
                HexFormat.fromHexDigitsToLong(hex, 0, 16),
                HexFormat.fromHexDigitsToLong(hex, 16, ID_DIGITS));
    }

    private static String hex(UUID id) {
        HexFormat format = HexFormat.of();
        return format.toHexDigits(id.getMostSignificantBits())
                + format.toHexDigits(id.getLeastSignificantBits());
    }

    private static UUID randomId() {
        SecureRandom random = new SecureRandom();
        return new UUID(random.nextLong(), random.nextLong());
    }
}
