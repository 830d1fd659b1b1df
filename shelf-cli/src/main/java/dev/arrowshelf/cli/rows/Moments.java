package dev.arrowshelf.cli.rows;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/// Times of day and points in time as ISO text. A time zone that this Java does not know is written
/// as UTC.
final class Moments {
    private Moments() {}

    /// Returns the text of a number of a `Timestamp` or `Time` type.
    static String text(ArrowType type, long number) {
        return switch (type) {
            case ArrowType.Timestamp timestamp -> timestamp(timestamp, number);
            case ArrowType.Time time -> time(time.getUnit(), number);
            default -> Long.toString(number);
        };
    }

    private static String timestamp(ArrowType.Timestamp type, long number) {
        long perSecond = perSecond(type.getUnit());
        long nanos = Math.floorMod(number, perSecond) * (1_000_000_000 / perSecond);
        try {
            Instant instant = Instant.ofEpochSecond(Math.floorDiv(number, perSecond), nanos);
            String zone = type.getTimezone();
            return zone == null
                    ? DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(instant.atOffset(ZoneOffset.UTC))
                    : DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(instant.atZone(zone(zone)));
        } catch (DateTimeException _) {
            // Beyond what a calendar holds.
            return Long.toString(number);
        }
    }

    private static String time(TimeUnit unit, long number) {
        try {
            long nanos = Math.multiplyExact(number, 1_000_000_000 / perSecond(unit));
            return DateTimeFormatter.ISO_LOCAL_TIME.format(LocalTime.ofNanoOfDay(nanos));
        } catch (DateTimeException | ArithmeticException _) {
            // Not within a day.
            return Long.toString(number);
        }
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (DateTimeException _) {
            return ZoneOffset.UTC;
        }
    }

    private static long perSecond(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> 1;
            case MILLISECOND -> 1_000;
            case MICROSECOND -> 1_000_000;
            case NANOSECOND -> 1_000_000_000;
        };
    }
}
