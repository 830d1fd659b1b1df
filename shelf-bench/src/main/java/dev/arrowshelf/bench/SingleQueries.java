package dev.arrowshelf.bench;

import dev.arrowshelf.client.ShelfClient;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.points.Vectors;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// A process that searches lists in place, one query at a time on its own thread, when it is told
/// which; the benchmark `vector-ivf` asks it in turn with its peer.
///
/// Arguments: the shelf's directory, the table, a file of queries (float32, one after the other),
/// their dimensions, and the recall wanted. Each line of the input is the number of a query; each
/// line of the output is a JSON object: the microseconds of the search, and the rows found.
public final class SingleQueries {
    private static final int NEIGHBOURS = 10;
    private static final long WARM_NANOS = TimeUnit.SECONDS.toNanos(8);

    private final VectorSearch search;
    private final SearchRequest request;
    private final float[] queries;
    private final int dimensions;

    private SingleQueries(
            VectorSearch search, SearchRequest request, float[] queries, int dimensions) {
        this.search = search;
        this.request = request;
        this.queries = queries;
        this.dimensions = dimensions;
    }

    /// Runs it; ends with its input.
    public static void main(String[] arguments) throws IOException {
        try (Shelf shelf = ShelfClient.connect(Path.of(arguments[0]));
                VectorSearch search = VectorSearch.over(shelf);
                BufferedReader input =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            SingleQueries queries =
                    new SingleQueries(
                            search,
                            SearchRequest.of(arguments[1])
                                    .withIndex(IndexKind.IVF)
                                    .withRecall(Double.parseDouble(arguments[4])),
                            floats(Path.of(arguments[2])),
                            Integer.parseInt(arguments[3]));
            queries.warm();
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                System.out.println(queries.answer(Integer.parseInt(line)));
            }
        }
    }

    private static float[] floats(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.order(ByteOrder.nativeOrder()).asFloatBuffer().get(values);
        return values;
    }

    private void warm() {
        int count = queries.length / dimensions;
        long begin = System.nanoTime();
        for (int number = 0; System.nanoTime() - begin < WARM_NANOS; number++) {
            String _ = answer(number % count);
        }
    }

    private String answer(int number) {
        Vectors query =
                Vectors.of(
                        Arrays.copyOfRange(queries, number * dimensions, (number + 1) * dimensions),
                        dimensions);
        long begin = System.nanoTime();
        long[] found = search.nearest(request, query, NEIGHBOURS).ids();
        double micros = (System.nanoTime() - begin) / 1e3;
        return "{\"micros\": %s, \"rows\": %s}".formatted(micros, Arrays.toString(found));
    }
}
