package dev.arrowshelf.store.tier;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;

/// How a shelf keeps up with its tier.
///
/// @param refresh about how often copies of the tier's tables are compared with it: half to one and
///   a half of this passes, so that many hosts do not ask at once
public record TierOptions(Duration refresh) {
    /// Every five seconds.
    public static final TierOptions DEFAULT = new TierOptions(Duration.ofSeconds(5));

    /// Checks the time.
    public TierOptions {
        if (refresh.isNegative() || refresh.isZero()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "refresh is not positive: refresh=" + refresh);
        }
    }
}
