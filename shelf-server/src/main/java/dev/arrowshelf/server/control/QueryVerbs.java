package dev.arrowshelf.server.control;

import dev.arrowshelf.server.sql.QueryAnswer;
import dev.arrowshelf.server.sql.QueryRequest;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.sql.ParameterRow;
import dev.arrowshelf.sql.StoredColumns;
import dev.arrowshelf.sql.model.SqlFigures;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// The verbs about queries for one connection, and the results it has not taken yet.
///
/// Thread rule: for the connection's thread. Memory rule: [#close] deletes results that were not
/// taken.
final class QueryVerbs implements AutoCloseable {
    private static final int INTO = 1;
    private static final int EXPLAIN = 2;
    private static final int ANALYZE = 4;
    private static final int JSON = 8;
    private static final int IN_PLACE = 16;

    private final ShelfOwner owner;
    private final SqlService sql;
    private final Function<BooleanSupplier, ClientWatch.Watch> watching;
    private final Set<String> lent = new HashSet<>();

    /// @param watching begins to watch the connection while a query runs
    QueryVerbs(
            ShelfOwner owner,
            SqlService sql,
            Function<BooleanSupplier, ClientWatch.Watch> watching) {
        this.owner = owner;
        this.sql = sql;
        this.watching = watching;
    }

    /// Returns the keys that are not results.
    static List<byte[]> withoutResults(List<byte[]> keys) {
        byte first = (byte) SqlService.RESULT_PREFIX.charAt(0);
        return keys.stream().filter(key -> key[0] != first).toList();
    }

    void run(Request request, Reply reply) {
        long number = request.number();
        int flags = request.u32();
        long milliseconds = request.u64();
        SqlRequest statement = SqlRequest.of(request.text());
        if (milliseconds > 0) {
            statement = statement.withTimeout(Duration.ofMillis(milliseconds));
        }
        statement = ParameterRow.read(statement, request.key());
        QueryRequest.Wanted wanted = wanted(flags, request.text());
        try (ClientWatch.Watch _ = watching.apply(() -> sql.cancel(number))) {
            write(sql.run(new QueryRequest(number, statement, wanted)), reply);
        }
    }

    boolean cancel(Request request) {
        return sql.cancel(request.number());
    }

    SqlFigures figures() {
        return sql.figures();
    }

    /// The client deletes a key: one that it was lent is its no more.
    void taken(byte[] key) {
        if (!lent.isEmpty()) {
            lent.remove(new String(key, StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        for (String key : lent) {
            owner.delete(key.getBytes(StandardCharsets.UTF_8));
        }
        lent.clear();
    }

    private static QueryRequest.Wanted wanted(int flags, String key) {
        boolean known =
                switch (flags) {
                    case 0, IN_PLACE, INTO, EXPLAIN, EXPLAIN | ANALYZE, EXPLAIN | JSON -> true;
                    default -> flags == (EXPLAIN | ANALYZE | JSON);
                };
        if (!known || (flags == INTO) == key.isEmpty()) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "query flags and key do not fit: flags=0x%x, key=%s".formatted(flags, key));
        }
        return switch (flags) {
            case 0, IN_PLACE -> new QueryRequest.Rows(flags == IN_PLACE);
            case INTO -> new QueryRequest.Table(key);
            default -> new QueryRequest.Plan((flags & ANALYZE) != 0, (flags & JSON) != 0);
        };
    }

    private void write(QueryAnswer answer, Reply reply) {
        switch (answer) {
            case QueryAnswer.Inline(ByteBuffer stream) ->
                    reply.u32(0).u32(stream.remaining()).raw(stream);
            case QueryAnswer.Lent(TableInfo table) -> {
                lent.add(table.name());
                reply.u32(1).text(table.name()).committed(table);
            }
            case QueryAnswer.Stored(TableInfo table) -> reply.u32(2).committed(table);
            case QueryAnswer.Plan(String text) -> reply.u32(3).text(text);
            case QueryAnswer.InPlace(StoredColumns stored) -> {
                reply.u32(4).text(stored.table()).u64(stored.generation());
                reply.u32(stored.columns().size());
                stored.columns().forEach(reply::u32);
            }
        }
    }
}
