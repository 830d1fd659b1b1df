package dev.arrowshelf.cli.line;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Names of codecs on the command line.
public final class Compression {
    private Compression() {}

    /// Returns the codec of a name; none when nothing was given.
    ///
    /// @throws ShelfException `INVALID_ARGUMENT`
    public static SpillCodec parse(@Nullable String text) {
        return switch (text == null ? "none" : text.strip().toLowerCase(Locale.ROOT)) {
            case "none" -> SpillCodec.NONE;
            case "lz4" -> SpillCodec.LZ4;
            case "zstd" -> SpillCodec.ZSTD;
            default ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "unknown compression: name=" + text + ", known=none, lz4, zstd");
        };
    }
}
