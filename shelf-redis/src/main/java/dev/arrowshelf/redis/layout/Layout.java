package dev.arrowshelf.redis.layout;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Locale;

/// How a data set is laid out in Redis.
public enum Layout {
    /// Ours: the generation in each key, head and chunks apart.
    ARROWSHELF,
    /// That of the ArrowRedis program: each value a stream of its own.
    ARROWREDIS,
    /// Tables of a shelf's tier: the head says what it takes to put the table back, a partition's
    /// chunks one after the other are its segment.
    TIER;

    /// Returns the name as it is written in manifests and options.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Returns the layout of a name.
    public static Layout of(String text) {
        for (Layout layout : values()) {
            if (layout.text().equals(text)) {
                return layout;
            }
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "layout is not known: layout=" + text + ", known=arrowshelf, arrowredis");
    }
}
