package dev.arrowshelf.cli.text;

import java.time.Duration;

/// Numbers as people read them. Written out by hand where `String.format` would cost more than the
/// whole command.
public final class Figures {
    private Figures() {}

    /// Returns a whole number with a comma between groups of three digits.
    public static String grouped(long number) {
        String digits = Long.toString(number);
        int first = number < 0 ? 1 : 0;
        StringBuilder text = new StringBuilder(digits.length() + 8);
        for (int index = 0; index < digits.length(); index++) {
            if (index > first && (digits.length() - index) % 3 == 0) {
                text.append(',');
            }
            text.append(digits.charAt(index));
        }
        return text.toString();
    }

    /// Returns a number with its noun, which gets an `s` unless there is exactly one.
    public static String counted(long number, String noun) {
        return grouped(number) + ' ' + noun + (number == 1 ? "" : "s");
    }

    /// Returns a span of time in its largest whole unit: `3s`, `12m`, `5h`, `40d`. Negative spans
    /// (a clock that was set back) are `0s`.
    public static String age(Duration span) {
        long seconds = Math.max(0, span.toSeconds());
        if (seconds < 100) {
            return seconds + "s";
        }
        if (seconds < 100 * 60) {
            return seconds / 60 + "m";
        }
        if (seconds < 100 * 3600) {
            return seconds / 3600 + "h";
        }
        return grouped(seconds / 86400) + "d";
    }

    /// Returns a measured time with three digits and a fitting unit: `1.23 ms`, `45.6 us`, `2.10
    /// s`.
    public static String time(long nanos) {
        if (nanos < 1_000_000) {
            return threeDigits(nanos / 1e3) + " us";
        }
        return nanos < 1_000_000_000
                ? threeDigits(nanos / 1e6) + " ms"
                : threeDigits(nanos / 1e9) + " s";
    }

    /// Returns a number with a given count of decimals, rounded half up, always with a point.
    public static String decimal(double number, int decimals) {
        return new java.math.BigDecimal(number)
                .setScale(decimals, java.math.RoundingMode.HALF_UP)
                .toPlainString();
    }

    private static String threeDigits(double number) {
        return decimal(number, number < 10 ? 2 : number < 100 ? 1 : 0);
    }
}
