package dev.arrowshelf.vector;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.index.IndexBuild;
import dev.arrowshelf.vector.index.IndexFactory;
import dev.arrowshelf.vector.index.IndexFacts;
import dev.arrowshelf.vector.index.IndexHost;
import dev.arrowshelf.vector.index.IndexName;
import dev.arrowshelf.vector.index.IndexStore;
import dev.arrowshelf.vector.index.OpenIndex;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.Evaluation;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.Metric;
import dev.arrowshelf.vector.model.RadiusResult;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.near.Workers;
import dev.arrowshelf.vector.points.PointTable;
import dev.arrowshelf.vector.points.Vectors;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexLimits;
import java.time.InstantSource;
import java.util.List;

/// Nearest neighbours over the tables of a shelf.
///
/// ```java
/// try (VectorSearch search = VectorSearch.over(shelf)) {
///     SearchResult found =
///             search.nearest(SearchRequest.of("points", "x", "y", "z"), Vectors.of(queries, 3), 10);
/// }
/// ```
///
/// Indexes are built once, kept on the shelf beside their table, mapped by every process that
/// searches it, and belong to one generation of it: a replaced table is searched anew.
///
/// Thread rule: safe for several threads; one search uses the caller's thread and up to the limit
/// of others.
///
/// Memory rule: owns its threads and the indexes it has mapped until [#close()]; the shelf is the
/// caller's and is closed after it.
///
/// Errors: `NOT_FOUND` for a table that is not there; `INVALID_ARGUMENT` for columns, metrics,
/// dimensions and numbers that do not fit; `OUT_OF_MEMORY` for answers and builds that do not fit;
/// `CANCELLED` for a build that was ended (with a search that waits for it); `CLOSED` afterwards.
public final class VectorSearch implements AutoCloseable {
    private final IndexHost host;
    private final Workers workers;
    private final IndexStore indexes;
    private volatile boolean closed;
    private final PastLooks pastLooks = new PastLooks();

    private VectorSearch(IndexHost host, VectorOptions options) {
        this.host = host;
        this.workers = new Workers(options.threads());
        this.indexes =
                new IndexStore(
                        host,
                        new IndexFactory(workers, InstantSource.system()),
                        options.storesIndexes(),
                        InstantSource.system());
    }

    /// Searches the tables of a shelf with all processors.
    public static VectorSearch over(Shelf shelf) {
        return over(IndexHost.of(shelf), VectorOptions.DEFAULT);
    }

    /// Searches the tables of a host.
    public static VectorSearch over(IndexHost host, VectorOptions options) {
        return new VectorSearch(host, options);
    }

    /// Returns the k nearest rows of each query.
    public SearchResult nearest(SearchRequest request, Vectors queries, int k) {
        if (k < 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "k out of range: k=" + k + ", least=1");
        }
        try (ShelfTable table = open(request.table());
                PointTable points = PointTable.openUnread(table, request.columns())) {
            return new SearchRun(request, table, points, indexes, workers, pastLooks)
                    .nearest(queries, k);
        }
    }

    /// Returns the k nearest rows of each query as a table: the columns of the searched one, then
    /// `distance`, `row` and `query`. It is on no shelf any more and lives until it is closed.
    public ShelfTable nearestRows(SearchRequest request, Vectors queries, int k) {
        try (ShelfTable table = open(request.table());
                PointTable points = PointTable.openUnread(table, request.columns())) {
            SearchResult found =
                    new SearchRun(request, table, points, indexes, workers, pastLooks)
                            .nearest(queries, k);
            return new FoundRows(table, found).lend(host);
        }
    }

    /// Returns all rows within a distance of each query, the distance included.
    public RadiusResult within(SearchRequest request, Vectors queries, double radius) {
        boolean negative = !(radius >= 0) && request.metric() != Metric.INNER_PRODUCT;
        if (negative || Double.isNaN(radius)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "radius out of range: radius=" + radius);
        }
        try (ShelfTable table = open(request.table());
                PointTable points = PointTable.openUnread(table, request.columns())) {
            return new SearchRun(request, table, points, indexes, workers, pastLooks)
                    .within(queries, radius);
        }
    }

    /// Opens columns of a table as vectors, for example as the queries of a search. Close them.
    public PointTable vectors(String table, String... columns) {
        try (ShelfTable opened = open(table)) {
            return PointTable.open(opened, List.of(columns));
        }
    }

    /// Builds an index and keeps it on the shelf; does nothing when it is there. Returns facts
    /// about it.
    public IndexInfo build(BuildRequest request, BuildProgress progress) {
        try (ShelfTable table = open(request.table());
                PointTable points = PointTable.openUnread(table, request.columns())) {
            OpenIndex index =
                    indexes.obtain(
                            identity(request, table, points), request.settings(), points, progress);
            try {
                return IndexFacts.of(index.bytes());
            } finally {
                index.release();
            }
        }
    }

    /// Has an index built in the background, and returns at once. Builds go one after the other;
    /// one whose table is replaced meanwhile is cancelled. Errors are those of [#build] that show
    /// before it begins; the others are in the build's state.
    public IndexBuild start(BuildRequest request) {
        try (ShelfTable table = open(request.table())) {
            PointTable points = PointTable.open(table, request.columns());
            IndexIdentity identity;
            try {
                identity = identity(request, table, points);
                IndexLimits.check(identity, points.dimensions(), points.count());
            } catch (ShelfException failure) {
                points.close();
                throw failure;
            }
            return indexes.start(identity, request.settings(), points);
        }
    }

    /// Returns the builds of this process, the oldest first; those that are over for a while.
    public List<IndexBuild> builds() {
        return indexes.builds();
    }

    /// Returns a build by its number. Error: `NOT_FOUND` when there was none, or it is forgotten.
    public IndexBuild build(long id) {
        IndexBuild build = indexes.build(id);
        if (build == null) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND, "no such index build: build=" + Long.toUnsignedString(id));
        }
        return build;
    }

    /// Returns whether an index is being built.
    public boolean isBuilding() {
        return indexes.isBuilding();
    }

    private static IndexIdentity identity(
            BuildRequest request, ShelfTable table, PointTable points) {
        return new IndexIdentity(
                table.name(),
                table.generation(),
                points.columns(),
                request.metric(),
                kind(request, points));
    }

    private static IndexKind kind(BuildRequest request, PointTable points) {
        if (request.kind() != IndexKind.AUTO) {
            return request.kind();
        }
        boolean few =
                points.dimensions() <= 8
                        && request.metric() != Metric.INNER_PRODUCT
                        && !request.settings().storage().isCoded();
        return few ? IndexKind.KD_TREE : IndexKind.IVF;
    }

    /// Measures an index, which is built where it is not there: recall against exact search, and
    /// time, for a sweep of its settings. Queries are rows of the table, evenly spread, and find
    /// themselves.
    ///
    /// @param samples number of queries
    /// @param k neighbours of each
    public List<Evaluation> evaluate(BuildRequest request, int samples, int k) {
        if (samples < 1 || k < 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "numbers out of range: samples=" + samples + ", k=" + k + ", least=1");
        }
        SearchRequest search =
                new SearchRequest(
                        request.table(),
                        request.columns(),
                        request.metric(),
                        request.kind(),
                        RowFilter.ALL,
                        0);
        try (ShelfTable table = open(request.table());
                PointTable points = PointTable.openUnread(table, request.columns())) {
            return new SearchRun(search, table, points, indexes, workers, pastLooks)
                    .evaluate(kind(request, points), samples, k);
        }
    }

    /// Returns facts about the stored indexes of all tables.
    public List<IndexInfo> indexes() {
        checkOpen();
        return indexes.list();
    }

    /// Drops the stored indexes of a table and returns how many there were. Who searches one keeps
    /// it for that search.
    public int drop(String table) {
        checkOpen();
        int dropped = 0;
        for (IndexInfo info : indexes.list()) {
            if (info.table().equals(table)) {
                dropped += indexes.drop(IndexName.of(IndexFacts.identity(info))) ? 1 : 0;
            }
        }
        return dropped;
    }

    /// Drops the indexes whose table was replaced or deleted. An owner calls it from time to time.
    public void dropStale() {
        checkOpen();
        indexes.dropStale();
    }

    private ShelfTable open(String name) {
        checkOpen();
        ShelfTable table = host.find(name);
        if (table == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + name);
        }
        return table;
    }

    private void checkOpen() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "vector search is closed");
        }
    }

    /// Lets go of threads and indexes. Idempotent.
    @Override
    public void close() {
        closed = true;
        indexes.close(); // ends builds, which need the workers until then
        workers.close();
    }
}
