package dev.arrowshelf.redis.layout;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/// The keys of one data set. docs/spec/redis-layout.md, section 1.
///
/// @param prefix what every key begins with
public record DataSetKeys(String prefix) {
    private static final int MOST_PREFIX_BYTES = 512;
    private static final int GENERATION_SHIFT = 10;

    /// Checks the prefix.
    public DataSetKeys {
        int bytes = prefix.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MOST_PREFIX_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "prefix has an impossible length: bytes="
                            + bytes
                            + ", greatest="
                            + MOST_PREFIX_BYTES);
        }
    }

    /// Checks that the prefix can carry hash tags of a layout.
    public void requireFit(Layout layout) {
        if (layout != Layout.ARROWREDIS && (prefix.indexOf('{') >= 0 || prefix.indexOf('}') >= 0)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "prefix holds a brace, which would tie all keys to one slot of a cluster: prefix="
                            + prefix);
        }
    }

    /// Returns the key of the manifest.
    public byte[] manifest() {
        return utf8(prefix + ":manifest");
    }

    /// Returns the key of the splits that have begun.
    public byte[] splits() {
        return utf8(prefix + ":splits");
    }

    /// Returns the key of a piece of the head.
    public byte[] head(long generation, int number) {
        return utf8(prefix + ":{" + prefix + "/head}:g" + hex(generation) + ':' + digits(number));
    }

    /// Returns the key of a chunk.
    public byte[] chunk(Layout layout, long generation, long part, int number) {
        return switch (layout) {
            case ARROWSHELF, TIER ->
                    utf8(
                            prefix
                                    + ":{"
                                    + prefix
                                    + '/'
                                    + digits(part)
                                    + "}:g"
                                    + hex(generation)
                                    + ':'
                                    + digits(number));
            case ARROWREDIS ->
                    utf8(prefix + ":{part=" + digits(part) + "}:batch=" + digits(number));
        };
    }

    /// Returns a glob pattern that matches the chunks of the layout of ArrowRedis.
    public byte[] foreignChunks() {
        return utf8(escaped(prefix) + ":{part=*}:batch=*");
    }

    /// Returns the part of a key that [#foreignChunks] matched, and its batch; null for others.
    public long @org.jspecify.annotations.Nullable [] foreignChunk(byte[] key) {
        String text = new String(key, StandardCharsets.UTF_8);
        String begin = prefix + ":{part=";
        int middle = text.indexOf("}:batch=", Math.min(begin.length(), text.length()));
        if (!text.startsWith(begin) || middle < 0) {
            return null;
        }
        try {
            return new long[] {
                Long.parseLong(text.substring(begin.length(), middle)),
                Long.parseLong(text.substring(middle + "}:batch=".length()))
            };
        } catch (NumberFormatException _) {
            return null;
        }
    }

    /// Returns a new generation: greater than those that began before, by the clock.
    public static long newGeneration(long nowMicros) {
        return (nowMicros << GENERATION_SHIFT)
                | ThreadLocalRandom.current().nextInt(1 << GENERATION_SHIFT);
    }

    /// Returns a generation as it is written in keys and manifests.
    public static String hex(long generation) {
        return HexFormat.of().toHexDigits(generation);
    }

    /// Returns a glob pattern that matches a text and nothing else.
    public static String escaped(String text) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            if ("*?[]\\^".indexOf(character) >= 0) {
                pattern.append('\\');
            }
            pattern.append(character);
        }
        return pattern.toString();
    }

    /// At least five characters, the sign among them.
    static String digits(long number) {
        String text = Long.toString(Math.abs(number));
        StringBuilder padded = new StringBuilder(number < 0 ? "-" : "");
        padded.repeat('0', Math.max(0, 5 - padded.length() - text.length()));
        return padded.append(text).toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
