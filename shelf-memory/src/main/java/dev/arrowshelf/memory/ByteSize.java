package dev.arrowshelf.memory;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A number of bytes that people write as `512MiB`, `4GB`, `1.5 GiB` or `123`.
///
/// `kB`, `MB`, `GB`, `TB` count by 1000; `KiB` to `TiB`, and the bare letters `K` to `T`, by 1024.
/// Case does not matter.
public record ByteSize(long bytes) implements Comparable<ByteSize> {
    private static final Pattern FORM =
            Pattern.compile(
                    "(\\d+(?:\\.\\d+)?)\\s*(?:([kmgt])(i?b)?|b)?", Pattern.CASE_INSENSITIVE);
    private static final String LETTERS = "kmgt";

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("size is negative: bytes=" + bytes);
        }
    }

    /// Reads a size; fractions of a byte are dropped.
    public static ByteSize parse(String text) {
        Objects.requireNonNull(text);
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "not a size such as 512MiB, 4GB or 123: text=\"" + text + "\"");
        }
        BigDecimal bytes =
                new BigDecimal(form.group(1)).multiply(unit(form.group(2), form.group(3)));
        if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("size is too large: text=\"" + text + "\"");
        }
        return new ByteSize(bytes.longValue());
    }

    private static BigDecimal unit(@Nullable String letter, @Nullable String suffix) {
        if (letter == null) {
            return BigDecimal.ONE;
        }
        boolean decimal = suffix != null && suffix.length() == 1;
        int power = LETTERS.indexOf(letter.toLowerCase(Locale.ROOT)) + 1;
        return BigDecimal.valueOf(decimal ? 1000 : 1024).pow(power);
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /// For people: at most one decimal, in the largest binary unit that keeps it at least 1.
    @Override
    public String toString() {
        if (bytes < 1024) {
            return bytes + " B";
        }
        int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        power = Math.min(power, LETTERS.length());
        double number = bytes / Math.scalb(1.0, 10 * power);
        String unit = Character.toUpperCase(LETTERS.charAt(power - 1)) + "iB";
        return number == Math.rint(number)
                ? "%d %s".formatted((long) number, unit)
                : String.format(Locale.ROOT, "%.1f %s", number, unit);
    }
}
