package dev.arrowshelf.client.local;

import dev.arrowshelf.client.search.OwnerFacts;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Searches over the control socket of this host (docs/spec/local-protocol.md).
public final class SocketSearch implements SearchPort {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PLACE_BYTES = Float.BYTES + Long.BYTES;
    private static final int NO_FILTER = 0;
    private static final int COLUMN_FILTER = 1;
    private static final int ROWS_FILTER = 2;
    private static final int CONDITION = 3;
    private static final int DOUBLES = 1;
    private static final int ROWS_OF_A_TABLE = 2;

    /// Places that come in the reply itself: reading a table takes arrow-java's classes, and a new
    /// process longer to load them than the socket takes for some megabytes.
    private static final int INLINE_PLACES = 1 << 21;

    private final LinkPool links;

    private SocketSearch(LinkPool links) {
        this.links = links;
    }

    /// Connects to the owner of a directory. Error: `UNAVAILABLE` when none answers.
    public static SocketSearch connect(Path directory) {
        LinkPool links = new LinkPool(directory.toAbsolutePath().normalize());
        links.giveBack(links.take());
        return new SocketSearch(links);
    }

    @Override
    public Nearest nearest(Wanted wanted, Queries queries, int k) {
        return links.request(
                        LocalVerb.SEARCH,
                        request -> write(request, wanted, queries, k),
                        answer -> {
                            OwnerFacts facts = OwnerFacts.parse(answer.text());
                            int count = answer.u32();
                            int places = answer.u32();
                            Place place = place(answer, Math.multiplyExact(count, places));
                            return (Supplier<Nearest>)
                                    () -> new Nearest(facts, count, places, take(place));
                        })
                .get();
    }

    @Override
    public Around within(Wanted wanted, Queries queries, double radius) {
        return links.request(
                        LocalVerb.WITHIN,
                        request ->
                                write(
                                        request.u64(Double.doubleToRawLongBits(radius)),
                                        wanted,
                                        queries,
                                        1),
                        answer -> {
                            OwnerFacts facts = OwnerFacts.parse(answer.text());
                            int[] starts = new int[answer.u32() / Integer.BYTES];
                            for (int query = 0; query < starts.length; query++) {
                                starts[query] = answer.u32();
                            }
                            int count = starts.length == 0 ? 0 : starts[starts.length - 1];
                            Place place = place(answer, count);
                            return (Supplier<Around>) () -> new Around(facts, starts, take(place));
                        })
                .get();
    }

    private static void write(Frame request, Wanted wanted, Queries queries, int k) {
        request.bytes(utf8(wanted.table())).u32(wanted.columns().size());
        wanted.columns().forEach(column -> request.bytes(utf8(column)));
        request.bytes(utf8(wanted.metric()))
                .bytes(utf8(wanted.index()))
                .u64(Double.doubleToRawLongBits(wanted.recall()));
        write(request, wanted.filter());
        request.u32(k);
        switch (queries) {
            case Queries.Vectors(double[] values, int dimensions) -> {
                byte[] bytes = new byte[Math.multiplyExact(values.length, Double.BYTES)];
                MemorySegment.copy(
                        values,
                        0,
                        MemorySegment.ofArray(bytes),
                        ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                        0,
                        values.length);
                request.u32(DOUBLES).u32(dimensions).bytes(bytes);
            }
            case Queries.Rows(String table) ->
                    request.u32(ROWS_OF_A_TABLE).u32(0).bytes(utf8(table));
        }
        request.u32(INLINE_PLACES);
    }

    private static void write(Frame request, Filter filter) {
        switch (filter) {
            case Filter.All _ -> request.u32(NO_FILTER).u32(0);
            case Filter.Column(String name) -> request.u32(COLUMN_FILTER).bytes(utf8(name));
            case Filter.Rows(long[] numbers) -> {
                byte[] bytes = new byte[Math.multiplyExact(numbers.length, Long.BYTES)];
                MemorySegment.copy(
                        numbers, 0, MemorySegment.ofArray(bytes), LONG, 0, numbers.length);
                request.u32(ROWS_FILTER).bytes(bytes);
            }
            case Filter.Condition(String sql) -> request.u32(CONDITION).bytes(utf8(sql));
        }
    }

    private static Place place(Frame.Answer answer, int places) {
        if (answer.u32() != 0) {
            return new Place.OnTheShelf(answer.text(), places);
        }
        byte[] bytes = answer.raw(answer.u32());
        if (bytes.length != (long) places * PLACE_BYTES) {
            throw wrong("bytes", bytes.length);
        }
        MemorySegment all = MemorySegment.ofArray(bytes);
        Found found = new Found(new float[places], new long[places]);
        MemorySegment.copy(all, FLOAT, 0, found.distances(), 0, places);
        MemorySegment.copy(all, LONG, (long) places * Float.BYTES, found.ids(), 0, places);
        return new Place.Here(found);
    }

    private Found take(Place place) {
        return switch (place) {
            case Place.Here(Found found) -> found;
            case Place.OnTheShelf(String key, int places) -> {
                try (TableSpace space = TableSpace.open(links.directory());
                        ShelfTable lent = space.find(key)) {
                    if (lent == null || lent.rowCount() != places) {
                        throw wrong("rows", lent == null ? -1 : lent.rowCount());
                    }
                    yield read(lent, places);
                } finally {
                    delete(key);
                }
            }
        };
    }

    private static Found read(ShelfTable lent, int places) {
        Found found = new Found(new float[places], new long[places]);
        int done = 0;
        try (ArrowReader reader = lent.reader()) {
            while (reader.loadNextBatch()) {
                VectorSchemaRoot batch = reader.getVectorSchemaRoot();
                int rows = batch.getRowCount();
                bytes(batch, 0, rows, Float.BYTES)
                        .asFloatBuffer()
                        .get(found.distances(), done, rows);
                bytes(batch, 1, rows, Long.BYTES).asLongBuffer().get(found.ids(), done, rows);
                done += rows;
            }
        } catch (IOException failure) {
            throw new ShelfException(ErrorCode.IO, "answer of a search cannot be read", failure);
        }
        return found;
    }

    private static ByteBuffer bytes(VectorSchemaRoot batch, int column, int rows, int width) {
        return batch.getVector(column)
                .getDataBuffer()
                .nioBuffer(0, rows * width)
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private void delete(String key) {
        links.request(
                LocalVerb.DELETE,
                request -> request.bytes(TableName.toKey(key)),
                answer -> answer.u8() == 1);
    }

    private static ShelfException wrong(String what, long value) {
        return new ShelfException(
                ErrorCode.PROTOCOL, "answer of a search does not fit: " + what + "=" + value);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        links.close();
    }

    /// Where the owner's answer is.
    private sealed interface Place {
        record Here(Found found) implements Place {}

        record OnTheShelf(String key, int places) implements Place {}
    }
}
