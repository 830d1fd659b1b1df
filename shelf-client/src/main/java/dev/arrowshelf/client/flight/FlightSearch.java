package dev.arrowshelf.client.flight;

import com.google.protobuf.ByteString;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.search.OwnerFacts;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.VectorSource;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;

/// Searches over Flight (docs/spec/flight.md). Queries and row numbers that are too many for a
/// ticket lie on the shelf as long as the search takes.
public final class FlightSearch implements SearchPort {
    private static final String PREFIX = "\u0001shelf/search/";
    private static final String FACTS = "shelf-search";

    /// Each takes up to 25 bytes of a ticket.
    private static final int MOST_IN_TICKET = 8_192;

    private static final FieldType DOUBLES =
            FieldType.notNullable(new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE));

    private final StreamedShelf shelf;

    private FlightSearch(StreamedShelf shelf) {
        this.shelf = shelf;
    }

    /// Connects to the daemon at an address, which must answer.
    public static FlightSearch connect(Address address) {
        return new FlightSearch(StreamedShelf.connect(address));
    }

    @Override
    public Nearest nearest(Wanted wanted, Queries queries, int k) {
        Answer answer = ask(wanted, queries, "k", k);
        return new Nearest(answer.facts(), answer.queries(), answer.k(), answer.found());
    }

    @Override
    public Around within(Wanted wanted, Queries queries, double radius) {
        Answer answer = ask(wanted, queries, "radius", radius);
        int[] starts = new int[answer.queries() + 1];
        for (int query : answer.whose()) {
            starts[query + 1]++;
        }
        for (int query = 0; query < answer.queries(); query++) {
            starts[query + 1] += starts[query];
        }
        return new Around(answer.facts(), starts, answer.found());
    }

    private Answer ask(Wanted wanted, Queries queries, String extent, double size) {
        try (SentTables sent = new SentTables(shelf);
                BufferAllocator allocator = new RootAllocator()) {
            String ticket =
                    FlightJson.search(
                            wanted, sent.queries(queries), sent.rows(wanted), extent, size);
            Flight.Ticket named =
                    Flight.Ticket.newBuilder().setTicket(ByteString.copyFromUtf8(ticket)).build();
            try (StreamReader reader = new StreamReader(shelf.link(), named, allocator)) {
                return read(reader);
            }
        } catch (IOException failure) {
            throw new ShelfException(ErrorCode.IO, "answer of a search cannot be read", failure);
        }
    }

    private static Answer read(StreamReader reader) throws IOException {
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        String told = root.getSchema().getCustomMetadata().getOrDefault(FACTS, "{}");
        Map<String, String> facts = FlightJson.read(told);
        int queries = FlightJson.count(facts, "queries");
        int k = FlightJson.count(facts, "k");
        int count = 0;
        float[] distances = new float[Math.multiplyExact(queries, k)];
        long[] ids = new long[distances.length];
        int[] whose = new int[0];
        while (reader.loadNextBatch()) {
            int end = Math.addExact(count, root.getRowCount());
            if (end > ids.length) {
                int room = Math.max(end, (int) Math.min(2L * ids.length, Integer.MAX_VALUE - 8));
                distances = Arrays.copyOf(distances, room);
                ids = Arrays.copyOf(ids, room);
            }
            Float4Vector distance = (Float4Vector) root.getVector("distance");
            BigIntVector id = (BigIntVector) root.getVector("id");
            for (int row = count; row < end; row++) {
                distances[row] = distance.get(row - count);
                ids[row] = id.get(row - count);
            }
            if (root.getVector("query") instanceof IntVector query) {
                whose = Arrays.copyOf(whose, ids.length);
                for (int row = count; row < end; row++) {
                    whose[row] = query.get(row - count);
                }
            }
            count = end;
        }
        if (k > 0 && count != queries * k) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "answer of a search does not fit: rows=" + count);
        }
        return new Answer(
                OwnerFacts.parse(told),
                queries,
                k,
                new Found(Arrays.copyOf(distances, count), Arrays.copyOf(ids, count)),
                Arrays.copyOf(whose, k > 0 ? 0 : count));
    }

    @Override
    public void close() {
        shelf.close();
    }

    /// @param whose the query of each row; empty where each has k
    @SuppressWarnings("ArrayRecordComponent")
    private record Answer(OwnerFacts facts, int queries, int k, Found found, int[] whose) {}

    /// What lies on the shelf for one search.
    private static final class SentTables implements AutoCloseable {
        private final StreamedShelf shelf;
        private final Deque<String> names = new ArrayDeque<>();

        SentTables(StreamedShelf shelf) {
            this.shelf = shelf;
        }

        /// Returns the queries as they go into the ticket.
        Queries queries(Queries queries) {
            return switch (queries) {
                case Queries.Vectors(double[] values, int dimensions) ->
                        values.length > MOST_IN_TICKET
                                        && dimensions > 0
                                        && values.length % dimensions == 0
                                ? new Queries.Rows(vectors(values, dimensions))
                                : queries;
                case Queries.Rows _ -> queries;
            };
        }

        private String vectors(double[] values, int dimensions) {
            try (BufferAllocator allocator = new RootAllocator();
                    FixedSizeListVector lists =
                            FixedSizeListVector.empty("queries", dimensions, allocator)) {
                Float8Vector items = lists.<Float8Vector>addOrGetVector(DOUBLES).getVector();
                lists.setInitialCapacity(values.length / dimensions);
                lists.allocateNew();
                for (int row = 0; row < values.length / dimensions; row++) {
                    lists.setNotNull(row);
                }
                for (int place = 0; place < values.length; place++) {
                    items.setSafe(place, values[place]);
                }
                return put(lists, values.length / dimensions);
            }
        }

        /// Returns the key of the row numbers; empty where they go into the ticket.
        String rows(Wanted wanted) {
            if (!(wanted.filter() instanceof Filter.Rows(long[] numbers))
                    || numbers.length <= MOST_IN_TICKET) {
                return "";
            }
            try (BufferAllocator allocator = new RootAllocator();
                    BigIntVector column = new BigIntVector("row", allocator)) {
                column.allocateNew(numbers.length);
                for (int place = 0; place < numbers.length; place++) {
                    column.set(place, numbers[place]);
                }
                return put(column, numbers.length);
            }
        }

        private String put(FieldVector column, int rows) {
            column.setValueCount(rows);
            String name = PREFIX + UUID.randomUUID();
            try (VectorSchemaRoot root = new VectorSchemaRoot(List.of(column))) {
                root.setRowCount(rows);
                shelf.put(name, VectorSource.of(root), PutOptions.DEFAULT);
            }
            names.push(name);
            return name;
        }

        @Override
        public void close() {
            names.forEach(shelf::delete);
        }
    }
}
