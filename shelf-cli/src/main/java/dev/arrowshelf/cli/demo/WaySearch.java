package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.demo.WorkerMessages.SearchAnswer;
import dev.arrowshelf.cli.demo.WorkerMessages.WayRequest;
import dev.arrowshelf.cli.line.SearchSource;
import dev.arrowshelf.cli.line.TableSource;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.Vectors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;

/// Sums, in a worker, the distances from some points to their nearest others, in one of the
/// [SearchWay]s. For one thread. Closing lets go of mapped indexes; the table space is the
/// worker's.
final class WaySearch implements AutoCloseable {
    private static final int AXES = 3;

    private final VectorSearch search;

    WaySearch(TableSpace space) {
        search = SearchSource.open(new TableSource.OfDirectory(space), 1);
    }

    /// Answers a request.
    ///
    /// @param points in place
    /// @param copy the table as bytes, for `COPY`
    SearchAnswer answer(WayRequest request, Points points, byte[] copy) throws IOException {
        return switch (request.way()) {
            case COPY -> {
                try (BufferAllocator allocator = new RootAllocator();
                        ArrowStreamReader reader =
                                new ArrowStreamReader(new ByteArrayInputStream(copy), allocator)) {
                    reader.loadNextBatch();
                    yield look(request, TablePoints.of(reader.getVectorSchemaRoot()));
                }
            }
            case LOOK -> look(request, points);
            case EXACT -> search(request, points, IndexKind.EXACT);
            case INDEX -> search(request, points, IndexKind.KD_TREE);
        };
    }

    private static SearchAnswer look(WayRequest request, Points points) {
        Nearest nearest = new Nearest(request.neighbours());
        double sum = 0;
        for (int query = 0; query < request.queries(); query++) {
            int row = request.row(query);
            double x = points.x(row);
            double y = points.y(row);
            double z = points.z(row);
            nearest.clear();
            for (int other = 0; other < points.count(); other++) {
                if (other != row) {
                    nearest.offer(points.squaredDistance(other, x, y, z));
                }
            }
            for (int place = 0; place < nearest.size(); place++) {
                sum += Math.sqrt(nearest.at(place));
            }
        }
        return new SearchAnswer((long) request.queries() * request.neighbours(), sum, 0, 0);
    }

    private SearchAnswer search(WayRequest request, Points points, IndexKind index) {
        double[] queries = new double[request.queries() * AXES];
        for (int query = 0; query < request.queries(); query++) {
            int row = request.row(query);
            queries[query * AXES] = points.x(row);
            queries[query * AXES + 1] = points.y(row);
            queries[query * AXES + 2] = points.z(row);
        }
        // One more than wanted: each point finds itself first.
        int k = request.neighbours() + 1;
        SearchResult found =
                search.nearest(
                        SearchRequest.of(TablePoints.TABLE, "x", "y", "z").withIndex(index),
                        Vectors.of(queries, AXES),
                        k);
        double sum = 0;
        for (int query = 0; query < request.queries(); query++) {
            for (int place = 1; place < k; place++) {
                sum += found.distance(query, place);
            }
        }
        return new SearchAnswer((long) request.queries() * request.neighbours(), sum, 0, 0);
    }

    @Override
    public void close() {
        search.close();
    }
}
