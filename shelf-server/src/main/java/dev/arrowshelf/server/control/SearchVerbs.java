package dev.arrowshelf.server.control;

import dev.arrowshelf.server.json.SearchJson;
import dev.arrowshelf.server.search.ConditionalSearch;
import dev.arrowshelf.server.search.RowCondition;
import dev.arrowshelf.server.search.SearchService;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchAnswer;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// The verb about vector search for one connection, and the answers it has not taken yet.
///
/// Thread rule: for the connection's thread. Memory rule: [#close] deletes answers that were not
/// taken.
final class SearchVerbs implements AutoCloseable {
    private static final int INLINE_PLACES = 1 << 15;
    private static final int MOST_INLINE_PLACES = 1 << 21;
    private static final int MOST_COLUMNS = 1 << 16;
    private static final int FILTER_NONE = 0;
    private static final int FILTER_COLUMN = 1;
    private static final int FILTER_ROWS = 2;
    private static final int FILTER_CONDITION = 3;
    private static final int QUERIES_FLOAT = 0;
    private static final int QUERIES_DOUBLE = 1;
    private static final int QUERIES_TABLE = 2;

    private final ShelfOwner owner;
    private final SearchService service;
    private final ConditionalSearch conditions;
    private final Set<String> lent = new HashSet<>();

    SearchVerbs(ShelfOwner owner, ConditionalSearch conditions) {
        this.owner = owner;
        this.service = conditions.service();
        this.conditions = conditions;
    }

    void run(Request request, Reply reply) {
        Wanted wanted = wanted(request);
        int k = request.u32();
        SearchResult answer =
                with(
                        request,
                        queries -> run(wanted, search -> service.nearest(search, queries, k)));
        reply.text(SearchJson.of(answer.facts())).u32(answer.queries()).u32(answer.k());
        write(answer.distances(), answer.ids(), inlinePlaces(request), reply);
    }

    void within(Request request, Reply reply) {
        double radius = Double.longBitsToDouble(request.number());
        Wanted wanted = wanted(request);
        request.u32();
        RadiusResult answer =
                with(
                        request,
                        queries -> run(wanted, search -> service.within(search, queries, radius)));
        int[] offsets = answer.offsets();
        ByteBuffer places =
                ByteBuffer.allocate(offsets.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        places.asIntBuffer().put(offsets);
        reply.text(SearchJson.of(answer.facts())).u32(places.remaining()).raw(places);
        write(answer.distances(), answer.ids(), inlinePlaces(request), reply);
    }

    /// Reads how many places the client takes in the reply itself, where it says so.
    private static int inlinePlaces(Request request) {
        return request.isAtEnd()
                ? INLINE_PLACES
                : Math.clamp(Integer.toUnsignedLong(request.u32()), 0, MOST_INLINE_PLACES);
    }

    private <A> A with(Request request, Function<Vectors, A> search) {
        int form = request.u32();
        int dimensions = request.u32();
        MemorySegment queries = request.bytes();
        return switch (form) {
            case QUERIES_FLOAT -> {
                float[] values = new float[whole(queries, Float.BYTES)];
                MemorySegment.copy(
                        queries, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values, 0, values.length);
                yield search.apply(Vectors.of(values, dimensions));
            }
            case QUERIES_DOUBLE -> {
                double[] values = new double[whole(queries, Double.BYTES)];
                MemorySegment.copy(
                        queries, ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, values, 0, values.length);
                yield search.apply(Vectors.of(values, dimensions));
            }
            case QUERIES_TABLE -> {
                try (PointTable table = service.vectors(text(queries))) {
                    yield search.apply(table);
                }
            }
            default -> throw wrong("form of queries", form);
        };
    }

    private static int whole(MemorySegment bytes, int width) {
        if (bytes.byteSize() % width != 0) {
            throw wrong("bytes of queries", (int) bytes.byteSize());
        }
        return (int) (bytes.byteSize() / width);
    }

    private <A extends SearchAnswer> A run(Wanted wanted, Function<SearchRequest, A> search) {
        return wanted.condition().isEmpty()
                ? search.apply(wanted.search())
                : conditions.run(wanted.search(), new RowCondition(wanted.condition()), search);
    }

    private static Wanted wanted(Request request) {
        String table = request.text();
        List<String> columns = columns(request);
        Metric metric = Metric.parse(request.text());
        IndexKind index = IndexKind.parse(request.text());
        double recall = Double.longBitsToDouble(request.number());
        int kind = request.u32();
        MemorySegment value = request.bytes();
        RowFilter filter = kind == FILTER_CONDITION ? RowFilter.ALL : filter(kind, value);
        return new Wanted(
                new SearchRequest(table, columns, metric, index, filter, recall),
                kind == FILTER_CONDITION ? text(value) : "");
    }

    private static String text(MemorySegment utf8) {
        return new String(utf8.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    /// Reads the names of columns, none for those that the table offers.
    static List<String> columns(Request request) {
        int count = request.u32();
        if (count < 0 || count > MOST_COLUMNS) {
            throw wrong("columns", count);
        }
        List<String> columns = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            columns.add(request.text());
        }
        return columns;
    }

    private static RowFilter filter(int kind, MemorySegment value) {
        return switch (kind) {
            case FILTER_NONE -> RowFilter.ALL;
            case FILTER_COLUMN -> RowFilter.column(text(value));
            case FILTER_ROWS -> {
                long[] rows = new long[whole(value, Long.BYTES)];
                MemorySegment.copy(value, ValueLayout.JAVA_LONG_UNALIGNED, 0, rows, 0, rows.length);
                yield RowFilter.rows(rows);
            }
            default -> throw wrong("filter", kind);
        };
    }

    private static ShelfException wrong(String what, int value) {
        return new ShelfException(
                ErrorCode.PROTOCOL, "search is not as the protocol says: " + what + "=" + value);
    }

    private void write(float[] distances, long[] ids, int inline, Reply reply) {
        if (ids.length > inline) {
            String key = service.lend(distances, ids);
            lent.add(key);
            reply.u32(1).text(key);
            return;
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(ids.length * (Float.BYTES + Long.BYTES))
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(distances, 0, ids.length);
        bytes.slice(ids.length * Float.BYTES, ids.length * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .put(ids);
        reply.u32(0).u32(bytes.remaining()).raw(bytes);
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

    /// What is searched.
    ///
    /// @param condition of SQL; empty for none
    private record Wanted(SearchRequest search, String condition) {}
}
