package dev.arrowshelf.store.tier;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Which tables of the shelf are the tier's, and the greatest generation that this host was ever
/// told of, by name; kept in a file of the shelf directory (`docs/spec/shelf-directory.md`), so
/// that a restarted owner knows.
///
/// Thread-safe. Death in the middle of a line: the line is not read again, and the table counts as
/// this host's own.
final class TierJournal {
    private static final int DIGITS = 16;
    private static final int STEP = DIGITS + 1;
    private static final int NAME_AT = 3 * STEP;
    private static final int SPARE_LINES = 10_000;
    private static final HexFormat HEX = HexFormat.of();

    private final Path file;
    private final Map<String, Copy> copies = new ConcurrentHashMap<>();
    private int lines;

    /// One name.
    ///
    /// @param local the shelf's generation of a table that is the tier's; 0 when there is none
    /// @param published the tier's generation of that table
    /// @param told the greatest generation of the tier that is known here
    record Copy(long local, long published, long told) {}

    TierJournal(Path file) throws IOException {
        this.file = file;
        read();
        rewrite();
    }

    @Nullable Copy find(String name) {
        return copies.get(name);
    }

    /// Returns the greatest generation known of a name; 0 when there is none.
    long told(String name) {
        Copy copy = copies.get(name);
        return copy == null ? 0 : copy.told();
    }

    Map<String, Copy> all() {
        return new HashMap<>(copies);
    }

    /// Notes that the table of a local generation is the tier's.
    synchronized void same(String name, long local, long published) throws IOException {
        put(name, new Copy(local, published, Math.max(published, told(name))));
    }

    /// Notes that the tier has a generation.
    synchronized void told(String name, long published) throws IOException {
        Copy before = copies.get(name);
        if (before == null) {
            put(name, new Copy(0, 0, published));
        } else if (before.told() < published) {
            put(name, new Copy(before.local(), before.published(), published));
        }
    }

    private void put(String name, Copy copy) throws IOException {
        copies.put(name, copy);
        if (++lines > 2 * copies.size() + SPARE_LINES) {
            rewrite();
        } else {
            Files.writeString(
                    file,
                    line(name, copy),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND,
                    StandardOpenOption.WRITE);
        }
    }

    private static String line(String name, Copy copy) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return HEX.toHexDigits(copy.local())
                + ' '
                + HEX.toHexDigits(copy.published())
                + ' '
                + HEX.toHexDigits(copy.told())
                + ' '
                + HEX.formatHex(bytes)
                + '\n';
    }

    private void read() throws IOException {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.US_ASCII);
        } catch (NoSuchFileException _) { // no table was ever shared
            return;
        }
        for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n", -1)) {
            readLine(line);
        }
    }

    private void readLine(String line) {
        if (line.length() <= NAME_AT) {
            return;
        }
        try {
            long local = HexFormat.fromHexDigitsToLong(line, 0, DIGITS);
            long published = HexFormat.fromHexDigitsToLong(line, STEP, STEP + DIGITS);
            long told = HexFormat.fromHexDigitsToLong(line, 2 * STEP, 2 * STEP + DIGITS);
            byte[] name = HEX.parseHex(line, NAME_AT, line.length());
            copies.put(new String(name, StandardCharsets.UTF_8), new Copy(local, published, told));
        } catch (IllegalArgumentException _) {
            // Damaged: the table counts as this host's own.
        }
    }

    /// A reader of the old file or of the new one finds the same.
    private synchronized void rewrite() throws IOException {
        if (copies.isEmpty() && !Files.exists(file)) {
            return;
        }
        StringBuilder text = new StringBuilder();
        copies.forEach((name, copy) -> text.append(line(name, copy)));
        Path draft = file.resolveSibling("tmp").resolve("tier");
        Files.writeString(draft, text, StandardCharsets.US_ASCII);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        lines = copies.size();
    }
}
