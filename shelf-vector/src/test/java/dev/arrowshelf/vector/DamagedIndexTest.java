package dev.arrowshelf.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.TemporaryShelf;
import dev.arrowshelf.vector.index.BuildProgress;
import dev.arrowshelf.vector.index.IndexHost;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.IndexKind;
import dev.arrowshelf.vector.model.SearchRequest;
import dev.arrowshelf.vector.model.SearchResult;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Indexes on the shelf whose bytes are not what was built: never used, built anew.
final class DamagedIndexTest {
    private static final int ROWS = 3_000;
    private static final int BLOCK = 64;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Shelf shelf;
    private String index = "";

    @BeforeEach
    void open() {
        shelf = temporary.shelf();
        SampleTables.putColumns(
                shelf, "t", SampleTables.uniform(ROWS, 3, 1), FloatingPointPrecision.SINGLE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "ivf", "hnsw"})
    void flippedBitsAreFoundAndTheIndexIsBuiltAnew(String kind) throws IOException {
        for (int place : new int[] {0, 8, 30, 41, 600, 4092, 4096, 9_000, 20_000}) {
            build(kind);
            change(bytes -> {
                bytes[place] ^= 0x04;
                return bytes;
            });

            searchesRightly(kind);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"kd", "ivf", "hnsw"})
    void aShorterIndexIsFoundAndBuiltAnew(String kind) throws IOException {
        for (int blocks : new int[] {0, 1, 64, 65, 200}) {
            build(kind);
            change(bytes -> Arrays.copyOf(bytes, blocks * BLOCK));

            searchesRightly(kind);
        }
    }

    private void build(String kind) {
        try (VectorSearch search = VectorSearch.over(shelf)) {
            search.build(BuildRequest.of("t").withKind(IndexKind.parse(kind)), new BuildProgress());
        }
        assertThat(shelf.internalNames()).hasSize(1);
        index = shelf.internalNames().getFirst();
    }

    private void searchesRightly(String kind) {
        double[][] points = SampleTables.uniform(ROWS, 3, 1);
        SearchRequest request =
                SearchRequest.of("t").withIndex(IndexKind.parse(kind)).withRecall(1);
        double[][] queries = Arrays.copyOf(points, 20);
        try (VectorSearch search = VectorSearch.over(shelf)) {
            SearchResult found = search.nearest(request, VectorSearchTest.vectors(queries), 1);
            for (int row = 0; row < queries.length; row++) {
                assertThat(found.id(row, 0)).isEqualTo(row);
            }
            assertThat(search.indexes()).hasSize(1);
            search.drop("t");
        }
    }

    private void change(UnaryOperator<byte[]> damage) throws IOException {
        byte[] bytes;
        try (ShelfTable stored = shelf.get(index);
                ArrowReader reader = stored.reader()) {
            assertThat(reader.loadNextBatch()).isTrue();
            FixedSizeBinaryVector blocks =
                    (FixedSizeBinaryVector) reader.getVectorSchemaRoot().getVector(0);
            bytes = new byte[blocks.getValueCount() * BLOCK];
            blocks.getDataBuffer().getBytes(0, bytes);
        }
        byte[] damaged = damage.apply(bytes);
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema(), allocator)) {
            FixedSizeBinaryVector blocks = (FixedSizeBinaryVector) root.getVector(0);
            blocks.allocateNew(damaged.length / BLOCK);
            for (int block = 0; block < damaged.length / BLOCK; block++) {
                blocks.set(block, Arrays.copyOfRange(damaged, block * BLOCK, (block + 1) * BLOCK));
            }
            root.setRowCount(damaged.length / BLOCK);
            IndexHost.of(shelf).put(index, root);
        }
    }

    private org.apache.arrow.vector.types.pojo.Schema schema() {
        try (ShelfTable stored = shelf.get(index)) {
            return stored.schema();
        }
    }
}
