package dev.arrowshelf.server.search;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.server.json.SearchJson;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.SearchAnswer;
import dev.arrowshelf.vector.model.SearchResult;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// The answer of a search as record batches (docs/spec/flight.md).
///
/// Thread rule: one thread at a time. Memory rule: owns one batch until it is closed.
public final class AnswerReader extends ArrowReader {
    private static final int BATCH_ROWS = 1 << 19;
    private static final String FACTS = "shelf-search";
    private static final Field QUERY = Field.notNullable("query", new ArrowType.Int(32, true));
    private static final Field DISTANCE =
            Field.notNullable(
                    "distance", new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE));
    private static final Field ID = Field.notNullable("id", new ArrowType.Int(64, true));

    private final SearchAnswer answer;
    private final float[] distances;
    private final long[] ids;
    private int done;
    private int query;

    /// Reads an answer.
    public AnswerReader(SearchAnswer answer) {
        super(new RootAllocator());
        this.answer = answer;
        switch (answer) {
            case SearchResult nearest -> {
                distances = nearest.distances();
                ids = nearest.ids();
            }
            case RadiusResult around -> {
                distances = around.distances();
                ids = around.ids();
            }
        }
    }

    /// Returns the columns of an answer, without facts.
    public static Schema columns(boolean hasRadius) {
        return new Schema(hasRadius ? List.of(QUERY, DISTANCE, ID) : List.of(DISTANCE, ID));
    }

    @Override
    protected Schema readSchema() {
        Schema columns = columns(answer instanceof RadiusResult);
        int k = answer instanceof SearchResult nearest ? nearest.k() : 0;
        String facts = SearchJson.of(answer.facts(), answer.queries(), k);
        return new Schema(columns.getFields(), Map.of(FACTS, facts));
    }

    @Override
    public boolean loadNextBatch() throws IOException {
        VectorSchemaRoot root = getVectorSchemaRoot();
        int rows = Math.min(BATCH_ROWS, ids.length - done);
        if (rows == 0) {
            return false;
        }
        for (FieldVector field : root.getFieldVectors()) {
            BaseFixedWidthVector vector = (BaseFixedWidthVector) field;
            vector.allocateNew(rows);
            vector.getValidityBuffer().setOne(0L, (rows + 7L) / 8);
            switch (vector) {
                case Float4Vector distance ->
                        MemorySegment.copy(
                                distances,
                                done,
                                bytes(distance, rows),
                                ValueLayout.JAVA_FLOAT_UNALIGNED,
                                0,
                                rows);
                case BigIntVector id ->
                        MemorySegment.copy(
                                ids,
                                done,
                                bytes(id, rows),
                                ValueLayout.JAVA_LONG_UNALIGNED,
                                0,
                                rows);
                default -> number((IntVector) vector, rows);
            }
            vector.setValueCount(rows);
        }
        root.setRowCount(rows);
        done += rows;
        return true;
    }

    private static MemorySegment bytes(BaseFixedWidthVector vector, int rows) {
        return ForeignMemory.at(vector.getDataBufferAddress(), (long) rows * vector.getTypeWidth());
    }

    /// Writes which query each row belongs to.
    private void number(IntVector queries, int rows) {
        int[] offsets = answer instanceof RadiusResult around ? around.offsets() : new int[0];
        for (int row = 0; row < rows; row++) {
            while (offsets[query + 1] <= done + row) {
                query++;
            }
            queries.set(row, query);
        }
    }

    @Override
    public long bytesRead() {
        return (long) done * (Float.BYTES + Long.BYTES);
    }

    @Override
    protected void closeReadSource() {
        allocator.close();
    }
}
