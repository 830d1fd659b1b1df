package dev.arrowshelf.store.model;

import java.util.Locale;

/// Which tables leave memory first.
public enum PolicyKind {
    /// Those used neither often nor lately: W-TinyLFU, its window and halves measured in bytes.
    TINYLFU,
    /// Those unused for the longest time.
    LRU,
    /// Those used least often.
    LFU,
    /// Those put first.
    FIFO,
    /// The largest.
    SIZE,
    /// Those that end soonest.
    TTL,
    /// Those of the least weighted sum of recency, frequency, smallness and youth.
    WEIGHTED;

    /// Returns the policy of a name, in any case; `w-tinylfu` is one too.
    ///
    /// @throws ShelfException `INVALID_ARGUMENT` that lists the names
    public static PolicyKind of(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT);
        if (wanted.equals("w-tinylfu")) {
            return TINYLFU;
        }
        for (PolicyKind kind : values()) {
            if (kind.text().equals(wanted)) {
                return kind;
            }
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "unknown eviction policy: name="
                        + name
                        + ", known=tinylfu, lru, lfu, fifo, size, ttl, weighted");
    }

    /// Returns the name in settings.
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
