package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.store.ipc.metadata.Codec;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How record batch bodies are compressed.
public enum Compression {
    /// Zstandard, level 1: what Arrow's own writers use.
    ZSTD,
    /// LZ4 frames.
    LZ4,
    /// Not at all.
    NONE;

    /// Returns the compression of an option's text.
    public static Compression of(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "zstd" -> ZSTD;
            case "lz4" -> LZ4;
            case "none", "uncompressed" -> NONE;
            default ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "compression is not known: compression="
                                    + text
                                    + ", known=zstd, lz4, uncompressed");
        };
    }

    /// Returns the name as it is written in manifests.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Returns the compression of a message.
    public static Compression of(@Nullable Codec codec) {
        return switch (codec) {
            case null -> NONE;
            case ZSTD -> ZSTD;
            case LZ4_FRAME -> LZ4;
        };
    }
}
