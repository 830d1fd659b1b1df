package dev.arrowshelf.server.search;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.vector.VectorOptions;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.index.IndexBuild;
import dev.arrowshelf.vector.index.IndexHost;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// Searches for the clients of a daemon, keeps large answers on the shelf until they are taken, and
/// drops indexes whose table is gone.
///
/// Thread rule: every method from any thread. Memory rule: owns its threads and what it has mapped;
/// the parts it is made of are the server's.
public final class SearchService implements AutoCloseable {
    /// What the keys of answers on the shelf begin with.
    public static final String ANSWER_PREFIX = TableKey.INTERNAL_PREFIX + "search/";

    private static final Logger LOGGER = System.getLogger(SearchService.class.getName());
    private static final Schema ANSWER =
            new Schema(
                    List.of(
                            Field.notNullable(
                                    "distance",
                                    new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
                            Field.notNullable("id", new ArrowType.Int(64, true))));
    private static final long SWEEP_SECONDS = 1;

    private final IndexHost host;
    private final VectorSearch search;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread sweeper;
    private volatile boolean hasIndexes = true;

    /// Searches the tables of an owner.
    public SearchService(ShelfOwner owner, TableSpace space, TablePutter putter) {
        this.host = new OwnedHost(owner, space, putter);
        this.search = VectorSearch.over(host, VectorOptions.DEFAULT);
        this.sweeper =
                Thread.ofPlatform().daemon().name("shelf-vector-sweep").unstarted(this::sweep);
        sweeper.start();
    }

    /// Returns the k nearest rows of each query.
    public SearchResult nearest(SearchRequest request, Vectors queries, int k) {
        try {
            return search.nearest(request, queries, k);
        } finally {
            hasIndexes = true;
        }
    }

    /// Returns the rows that the table function `nearest` of SQL finds; close them.
    public ShelfTable rows(String wanted) {
        try {
            return NearestCall.parse(wanted).rows(search);
        } finally {
            hasIndexes = true;
        }
    }

    /// Returns all rows within a distance of each query.
    public RadiusResult within(SearchRequest request, Vectors queries, double radius) {
        try {
            return search.within(request, queries, radius);
        } finally {
            hasIndexes = true;
        }
    }

    /// Has an index built in the background.
    public IndexBuild start(BuildRequest request) {
        try {
            return search.start(request);
        } finally {
            hasIndexes = true;
        }
    }

    /// Returns a build by its number. Error: `NOT_FOUND`.
    public IndexBuild build(long id) {
        return search.build(id);
    }

    /// Returns the builds, those that are over for a while.
    public List<IndexBuild> builds() {
        return search.builds();
    }

    /// Returns facts about the indexes that are there.
    public List<IndexInfo> indexes() {
        return search.indexes();
    }

    /// Drops the indexes of a table and returns how many there were.
    public int drop(String table) {
        return search.drop(table);
    }

    /// Opens a table as queries; close it.
    public PointTable vectors(String table) {
        return search.vectors(table);
    }

    /// Returns the generation that a table has now. Error: `NOT_FOUND`.
    long generation(String table) {
        try (ShelfTable open = open(table)) {
            return open.generation();
        }
    }

    /// Returns the numbers in the first column of a table.
    long[] numbers(String table) {
        try (ShelfTable open = open(table);
                ArrowReader reader = open.reader()) {
            long[] numbers = new long[Math.toIntExact(open.rowCount())];
            int row = 0;
            while (reader.loadNextBatch()) {
                VectorSchemaRoot batch = reader.getVectorSchemaRoot();
                if (!(batch.getVector(0) instanceof BigIntVector column)) {
                    throw new ShelfException(
                            ErrorCode.INVALID_ARGUMENT,
                            "first column has no row numbers: name=%s, type=%s"
                                    .formatted(table, batch.getVector(0).getField().getType()));
                }
                for (int at = 0; at < batch.getRowCount(); at++) {
                    numbers[row++] = column.isNull(at) ? -1 : column.get(at);
                }
            }
            return numbers;
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "row numbers cannot be read: name=" + table, failure);
        }
    }

    private ShelfTable open(String table) {
        ShelfTable open = host.find(table);
        if (open == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + table);
        }
        return open;
    }

    /// Puts an answer on the shelf and returns its key.
    public String lend(float[] answered, long[] found) {
        String key = ANSWER_PREFIX + UUID.randomUUID();
        int rows = found.length;
        long bytes = (long) rows * (Float.BYTES + Long.BYTES);
        try (TableBuilder builder = host.builder(key, ANSWER, bytes)) {
            VectorSchemaRoot root = builder.root(rows);
            Float4Vector distances = (Float4Vector) root.getVector(0);
            BigIntVector ids = (BigIntVector) root.getVector(1);
            MemorySegment.copy(
                    answered,
                    0,
                    ForeignMemory.at(distances.getDataBufferAddress(), (long) rows * Float.BYTES),
                    ValueLayout.JAVA_FLOAT_UNALIGNED,
                    0,
                    rows);
            MemorySegment.copy(
                    found,
                    0,
                    ForeignMemory.at(ids.getDataBufferAddress(), (long) rows * Long.BYTES),
                    ValueLayout.JAVA_LONG_UNALIGNED,
                    0,
                    rows);
            distances.setValueCount(rows);
            ids.setValueCount(rows);
            root.setRowCount(rows);
            builder.seal();
        }
        return key;
    }

    /// Drops what is stale about once a second, while there are indexes at all.
    private void sweep() {
        try {
            while (!closing.await(SWEEP_SECONDS, TimeUnit.SECONDS)) {
                if (hasIndexes) {
                    hasIndexes = false;
                    search.dropStale();
                    hasIndexes |= search.isBuilding() || !search.indexes().isEmpty();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (ShelfException failure) {
            if (closing.getCount() > 0) {
                LOGGER.log(Level.WARNING, "stale vector indexes are no longer dropped", failure);
            }
        }
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            sweeper.join(TimeUnit.SECONDS.toMillis(5));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        search.close();
    }
}
