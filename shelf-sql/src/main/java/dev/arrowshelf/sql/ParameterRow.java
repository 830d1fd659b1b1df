package dev.arrowshelf.sql;

import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;
import org.jspecify.annotations.Nullable;

/// Values of parameters that come as a row of an Arrow table: columns without names are positional.
public final class ParameterRow {
    private ParameterRow() {}

    /// Returns a request with the values of an IPC stream of one row; without them when it is
    /// empty. Errors: `INVALID_ARGUMENT`, `INVALID_IPC`.
    public static SqlRequest read(SqlRequest request, byte[] stream) {
        if (stream.length == 0) {
            return request;
        }
        try (BufferAllocator allocator = new RootAllocator();
                ArrowStreamReader reader =
                        new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            if (!reader.loadNextBatch()) {
                throw new ShelfException(ErrorCode.INVALID_ARGUMENT, "parameters have no row");
            }
            return of(request, reader.getVectorSchemaRoot(), 0);
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException damaged) {
            throw new ShelfException(
                    ErrorCode.INVALID_IPC, "parameters are no IPC stream", damaged);
        }
    }

    /// Returns the values of an IPC stream of one row, in the order of its columns. Errors:
    /// `INVALID_ARGUMENT`, `INVALID_IPC`.
    public static List<@Nullable Object> values(byte[] stream) {
        try (BufferAllocator allocator = new RootAllocator();
                ArrowStreamReader reader =
                        new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            VectorSchemaRoot rows = reader.getVectorSchemaRoot();
            if (!reader.loadNextBatch() || rows.getRowCount() != 1) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "parameters are not one row: rows=" + rows.getRowCount());
            }
            List<@Nullable Object> values = new ArrayList<>();
            rows.getFieldVectors().forEach(vector -> values.add(value(vector, 0)));
            return values;
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException damaged) {
            throw new ShelfException(
                    ErrorCode.INVALID_IPC, "parameters are no IPC stream", damaged);
        }
    }

    /// Returns a request with the values of a row.
    public static SqlRequest of(SqlRequest request, VectorSchemaRoot rows, int row) {
        List<@Nullable Object> positional = new ArrayList<>();
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        for (FieldVector vector : rows.getFieldVectors()) {
            Object value = value(vector, row);
            if (vector.getName().isEmpty()) {
                positional.add(value);
            } else {
                named.put(vector.getName(), value);
            }
        }
        return request.withValues(positional, named);
    }

    private static @Nullable Object value(FieldVector vector, int row) {
        if (vector.isNull(row)) {
            return null;
        }
        ArrowType type = vector.getField().getType();
        return switch (vector) {
            case TimeStampVector stamps -> {
                ArrowType.Timestamp time = (ArrowType.Timestamp) type;
                Instant instant = Instant.EPOCH.plus(stamps.get(row), chronoUnit(time.getUnit()));
                yield time.getTimezone() == null
                        ? LocalDateTime.ofInstant(instant, ZoneOffset.UTC)
                        : instant;
            }
            case UInt8Vector number -> number.getObjectNoOverflow(row);
            case TimeMilliVector time -> ofTime(time.get(row), TimeUnit.MILLISECOND);
            default -> plain(vector.getObject(row), type);
        };
    }

    private static @Nullable Object plain(@Nullable Object value, ArrowType type) {
        return switch (value) {
            case null -> null;
            case Text text -> text.toString();
            case Character number -> (int) number;
            case Number number when type instanceof ArrowType.Date date ->
                    switch (date.getUnit()) {
                        case DAY -> LocalDate.ofEpochDay(number.longValue());
                        case MILLISECOND ->
                                LocalDate.EPOCH.plusDays(
                                        Math.floorDiv(number.longValue(), 86_400_000L));
                    };
            case Number number when type instanceof ArrowType.Time time ->
                    ofTime(number.longValue(), time.getUnit());
            case List<?> list -> {
                List<@Nullable Object> elements = new ArrayList<>();
                list.forEach(element -> elements.add(plain(element, ArrowType.Null.INSTANCE)));
                yield elements;
            }
            default -> value;
        };
    }

    private static LocalTime ofTime(long value, TimeUnit unit) {
        return LocalTime.MIDNIGHT.plus(value, chronoUnit(unit));
    }

    private static ChronoUnit chronoUnit(TimeUnit unit) {
        return switch (unit) {
            case SECOND -> ChronoUnit.SECONDS;
            case MILLISECOND -> ChronoUnit.MILLIS;
            case MICROSECOND -> ChronoUnit.MICROS;
            case NANOSECOND -> ChronoUnit.NANOS;
        };
    }
}
