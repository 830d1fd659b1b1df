package dev.arrowshelf.client.local;

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
import java.util.List;
import java.util.function.Supplier;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Has the owner of a shelf search vectors (docs/spec/local-protocol.md): warm code, and the
/// indexes that it keeps. What is searched with a handle of one's own is searched in place instead.
///
/// Thread rule: safe for several threads. Memory rule: owns its connections until [#close()].
///
/// Errors: what the owner answers; `UNAVAILABLE` when none does.
public final class SearchPort implements AutoCloseable {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PLACE_BYTES = Float.BYTES + Long.BYTES;
    private static final int NO_FILTER = 0;
    private static final int COLUMN_FILTER = 1;
    private static final int DOUBLES = 1;
    private static final int ROWS_OF_A_TABLE = 2;

    /// Places that come in the reply itself: reading a table takes arrow-java's classes, and a new
    /// process longer to load them than the socket takes for some megabytes.
    private static final int INLINE_PLACES = 1 << 21;

    private final LinkPool links;

    private SearchPort(LinkPool links) {
        this.links = links;
    }

    /// Connects to the owner of a directory. Error: `UNAVAILABLE` when none answers.
    public static SearchPort connect(Path directory) {
        LinkPool links = new LinkPool(directory.toAbsolutePath().normalize());
        links.giveBack(links.take());
        return new SearchPort(links);
    }

    /// Returns the k nearest rows of each query.
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

    /// Returns all rows within a distance of each query.
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
                .u64(Double.doubleToRawLongBits(wanted.recall()))
                .u32(wanted.filter().isEmpty() ? NO_FILTER : COLUMN_FILTER)
                .bytes(utf8(wanted.filter()))
                .u32(k);
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
        MemorySegment.copy(all, FLOAT, 0, found.distances, 0, places);
        MemorySegment.copy(all, LONG, (long) places * Float.BYTES, found.ids, 0, places);
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
                bytes(batch, 0, rows, Float.BYTES).asFloatBuffer().get(found.distances, done, rows);
                bytes(batch, 1, rows, Long.BYTES).asLongBuffer().get(found.ids, done, rows);
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

    /// What is searched, and how.
    ///
    /// @param table its name
    /// @param columns empty: as the table offers
    /// @param metric `l2`, `ip`, `cosine` or `haversine`
    /// @param index `auto`, `exact`, `kd`, `ivf` or `hnsw`
    /// @param recall 0: left to the index
    /// @param filter a boolean column that must be true; empty for none
    public record Wanted(
            String table,
            List<String> columns,
            String metric,
            String index,
            double recall,
            String filter) {
        /// Copies the columns.
        public Wanted {
            columns = List.copyOf(columns);
        }
    }

    /// What is searched for.
    public sealed interface Queries {
        /// Vectors one after the other; the array is not copied.
        @SuppressWarnings("ArrayRecordComponent")
        record Vectors(double[] values, int dimensions) implements Queries {}

        /// The vectors of a table of the shelf.
        record Rows(String table) implements Queries {}
    }

    /// Distances and row numbers, place by place; the arrays are the reader's.
    public static final class Found {
        private final float[] distances;
        private final long[] ids;

        private Found(float[] distances, long[] ids) {
            this.distances = distances;
            this.ids = ids;
        }

        /// Returns the distances.
        public float[] distances() {
            return distances;
        }

        /// Returns the row numbers, -1 for none.
        public long[] ids() {
            return ids;
        }
    }

    /// The nearest rows.
    ///
    /// @param facts how it went
    /// @param queries how many
    /// @param k places of each
    /// @param found all places
    public record Nearest(OwnerFacts facts, int queries, int k, Found found) {}

    /// The rows within a distance.
    ///
    /// @param facts how it went
    /// @param starts where each query's places begin, and the end; not copied
    /// @param found all places
    @SuppressWarnings("ArrayRecordComponent")
    public record Around(OwnerFacts facts, int[] starts, Found found) {}
}
