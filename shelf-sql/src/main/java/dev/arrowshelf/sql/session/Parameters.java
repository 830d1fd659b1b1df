package dev.arrowshelf.sql.session;

import dev.arrowshelf.sql.duckdb.ApiFunction;
import dev.arrowshelf.sql.duckdb.Call;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The values of a statement's parameters as DuckDB takes them. One thread; owns the values until
/// [#close()]; names and addresses lie in the call's memory.
final class Parameters implements AutoCloseable {
    private static final int WIDEST_DECIMAL = 38;

    private final Call call;
    private final MemorySegment factory;
    private final List<MemorySegment> values = new ArrayList<>();
    private MemorySegment names = MemorySegment.NULL;

    private Parameters(Call call, MemorySegment factory) {
        this.call = call;
        this.factory = factory;
    }

    static Parameters of(Call call, MemorySegment factory, SqlRequest request) {
        if (!request.positional().isEmpty() && !request.named().isEmpty()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a statement has either positional or named parameters: positional=%d, named=%s"
                            .formatted(request.positional().size(), request.named().keySet()));
        }
        Parameters parameters = new Parameters(call, factory);
        try {
            for (Object value : request.positional()) {
                parameters.values.add(parameters.value(value));
            }
            for (Map.Entry<String, @Nullable Object> named : request.named().entrySet()) {
                parameters.values.add(parameters.value(named.getValue()));
            }
            if (!request.named().isEmpty()) {
                parameters.names = call.texts(request.named().keySet(), request.named().size());
            }
            return parameters;
        } catch (Throwable failure) {
            parameters.close();
            throw failure;
        }
    }

    long count() {
        return values.size();
    }

    MemorySegment names() {
        return names;
    }

    MemorySegment values() {
        return values.isEmpty() ? MemorySegment.NULL : call.addresses(values, values.size());
    }

    @Override
    public void close() {
        values.forEach(value -> Call.destroy(ApiFunction.VALUE_DESTROY, value));
        values.clear();
    }

    private MemorySegment value(@Nullable Object value) {
        return switch (value) {
            case null ->
                    ofType(
                            "\"NULL\"",
                            type -> {
                                return call.get(ApiFunction.VALUE_CREATE_NULL, factory, type);
                            });
            case Boolean truth -> call.get(ApiFunction.VALUE_CREATE_BOOL, factory, truth);
            case Byte number -> bigint(number);
            case Short number -> bigint(number);
            case Integer number -> bigint(number);
            case Long number -> bigint(number);
            case Float number -> real(number);
            case Double number -> real(number);
            case BigInteger number -> cast(number.toString(), "HUGEINT");
            case BigDecimal number -> decimal(number);
            case String text -> varchar(text);
            case byte[] bytes ->
                    call.get(ApiFunction.VALUE_CREATE_BLOB, factory, call.bytes(bytes));
            case UUID uuid -> cast(uuid.toString(), "UUID");
            case LocalDate date -> cast(date.toString(), "DATE");
            case LocalTime time -> cast(time.toString(), "TIME");
            case LocalDateTime time -> cast(time.toString(), timestamp(time));
            case Instant time -> cast(time.toString(), "TIMESTAMPTZ");
            case OffsetDateTime time -> cast(time.toInstant().toString(), "TIMESTAMPTZ");
            case ZonedDateTime time -> cast(time.toInstant().toString(), "TIMESTAMPTZ");
            case List<?> list -> list(list);
            default ->
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "no SQL type for a parameter of this class: class="
                                    + value.getClass().getName());
        };
    }

    private MemorySegment bigint(Number number) {
        return call.get(ApiFunction.VALUE_CREATE_BIGINT, factory, number.longValue());
    }

    private MemorySegment real(Number number) {
        return call.get(ApiFunction.VALUE_CREATE_DOUBLE, factory, number.doubleValue());
    }

    private MemorySegment varchar(String text) {
        return call.get(ApiFunction.VALUE_CREATE_VARCHAR, factory, call.text(text));
    }

    private MemorySegment decimal(BigDecimal number) {
        BigDecimal plain = number.scale() < 0 ? number.setScale(0) : number;
        int precision = Math.max(plain.precision(), plain.scale());
        if (precision > WIDEST_DECIMAL) {
            return real(number);
        }
        return cast(plain.toPlainString(), "DECIMAL(%d,%d)".formatted(precision, plain.scale()));
    }

    /// Microseconds where they are enough.
    private static String timestamp(LocalDateTime time) {
        boolean micros = time.truncatedTo(ChronoUnit.MICROS).equals(time);
        return micros ? "TIMESTAMP" : "TIMESTAMP_NS";
    }

    private MemorySegment cast(String text, String type) {
        MemorySegment source = varchar(text);
        try {
            return ofType(
                    type,
                    wanted -> {
                        return call.get(ApiFunction.VALUE_CAST, factory, source, wanted);
                    });
        } finally {
            Call.destroy(ApiFunction.VALUE_DESTROY, source);
        }
    }

    private MemorySegment list(List<?> list) {
        List<MemorySegment> elements = new ArrayList<>();
        try {
            for (Object element : list) {
                elements.add(value(element));
            }
            return call.get(
                    ApiFunction.VALUE_CREATE_LIST,
                    factory,
                    MemorySegment.NULL,
                    call.addresses(elements, elements.size()),
                    (long) elements.size());
        } finally {
            elements.forEach(element -> Call.destroy(ApiFunction.VALUE_DESTROY, element));
        }
    }

    private MemorySegment ofType(String name, UnaryOperator<MemorySegment> construction) {
        MemorySegment type =
                call.get(ApiFunction.FACTORY_CREATE_TYPE_FROM_TEXT, factory, call.text(name));
        try {
            return construction.apply(type);
        } finally {
            Call.destroy(ApiFunction.LOGICAL_TYPE_DESTROY, type);
        }
    }
}
