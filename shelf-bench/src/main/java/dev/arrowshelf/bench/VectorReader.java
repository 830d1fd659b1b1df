package dev.arrowshelf.bench;

import dev.arrowshelf.client.ShelfClient;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import dev.arrowshelf.vector.points.Vectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// A process that searches an index in place and keeps it mapped until it is told to end. The
/// benchmark `vector-start` starts several (`./dev bench --only vector-start`).
///
/// Arguments: the shelf's directory, and a table with a k-d tree. Prints one JSON object: the bytes
/// of the index, the rows found, and the milliseconds of the first search; ends with its input.
public final class VectorReader {
    private static final int NEIGHBOURS = 11;

    private VectorReader() {}

    /// Runs it.
    public static void main(String[] arguments) throws IOException {
        try (Shelf shelf = ShelfClient.connect(Path.of(arguments[0]));
                VectorSearch search = VectorSearch.over(shelf)) {
            String table = arguments[1];
            SearchRequest request = SearchRequest.of(table).withIndex(IndexKind.KD_TREE);
            Vectors query = Vectors.of(new float[] {0.5f, 0.5f, 0.5f}, 3);
            long begin = System.nanoTime();
            SearchResult found = search.nearest(request, query, NEIGHBOURS);
            double millis = (System.nanoTime() - begin) / 1e6;
            List<IndexInfo> indexes =
                    search.indexes().stream().filter(each -> each.table().equals(table)).toList();
            System.out.printf(
                    "{\"index_bytes\": %d, \"rows\": %s, \"first_search_millis\": %.3f}%n",
                    indexes.getFirst().size().bytes(), Arrays.toString(found.ids()), millis);
            while (System.in.read() >= 0) {
                // the other process searches meanwhile
            }
        }
    }
}
