package dev.arrowshelf.cli.line;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Times on the command line: seconds, also parts of one.
public final class Seconds {
    private static final double MOST = 1e12;
    private static final double MILLIS = 1_000;

    private Seconds() {}

    /// Returns the time of an option; empty when it was not given.
    ///
    /// @throws ShelfException `INVALID_ARGUMENT`
    public static Optional<Duration> parse(String option, @Nullable String text) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            double seconds = Double.parseDouble(text);
            if (seconds >= 0 && seconds <= MOST) {
                return Optional.of(Duration.ofMillis(Math.round(seconds * MILLIS)));
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "not a number of seconds: option=" + option + ", text=" + text);
    }
}
