package dev.arrowshelf.server.rpc;

import io.grpc.Status;
import java.util.concurrent.TimeUnit;

/// The header `grpc-timeout`: at most eight digits and a unit.
final class Timeout {
    private static final int MOST_DIGITS = 8;

    private Timeout() {}

    /// Returns the nanoseconds that a client gives a call.
    static long nanos(String text) {
        int digits = text.length() - 1;
        if (digits < 1
                || digits > MOST_DIGITS
                || !text.chars().limit(digits).allMatch(digit -> digit >= '0' && digit <= '9')) {
            throw malformed(text);
        }
        TimeUnit unit =
                switch (text.charAt(digits)) {
                    case 'H' -> TimeUnit.HOURS;
                    case 'M' -> TimeUnit.MINUTES;
                    case 'S' -> TimeUnit.SECONDS;
                    case 'm' -> TimeUnit.MILLISECONDS;
                    case 'u' -> TimeUnit.MICROSECONDS;
                    case 'n' -> TimeUnit.NANOSECONDS;
                    default -> throw malformed(text);
                };
        return unit.toNanos(Long.parseLong(text.substring(0, digits)));
    }

    private static RuntimeException malformed(String text) {
        return Status.INVALID_ARGUMENT
                .withDescription("malformed grpc-timeout: value=" + text)
                .asRuntimeException();
    }
}
