package dev.arrowshelf.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.client.ServedShelf.Way;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.client.search.SearchPort.Around;
import dev.arrowshelf.client.search.SearchPort.Filter;
import dev.arrowshelf.client.search.SearchPort.Nearest;
import dev.arrowshelf.client.search.SearchPort.Queries;
import dev.arrowshelf.client.search.SearchPort.Wanted;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Searches that the owner of the directory does.
final class SearchPortIT {
    private static final int ROWS = 2_000;

    /// 2,000 times as many are 42,000 places: more than come in a reply unasked.
    private static final int SOME = 21;

    /// 2,000 times as many are 2,100,000 places: more than any reply holds.
    private static final int MANY = 1_050;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @ParameterizedTest
    @EnumSource(Way.class)
    void answersOfAnyLengthAreWhole(Way way) {
        try (ServedShelf served = new ServedShelf(temporary.options());
                Shelf shelf = served.connect(Way.MAPPED)) {
            putPoints(shelf);
            try (SearchPort port = served.search(way)) {
                Nearest some = search(port, SOME);
                Nearest many = search(port, MANY);

                for (int row = 0; row < ROWS; row++) {
                    assertThat(some.found().ids()[row * SOME]).isEqualTo(row);
                    for (int place = 0; place < SOME; place++) {
                        assertThat(many.found().distances()[row * MANY + place])
                                .isEqualTo(some.found().distances()[row * SOME + place]);
                    }
                    float distance = Math.abs(row - many.found().ids()[row * MANY + MANY - 1]);
                    assertThat(many.found().distances()[row * MANY + MANY - 1]).isEqualTo(distance);
                }
                assertThat(some.facts().index()).isEqualTo("exact");
                assertThat(some.facts().searchedRows()).isEqualTo(ROWS);
            }
            assertThat(shelf.list()).extracting(TableInfo::name).containsExactly("points");
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void filtersAndDistancesLimitTheSearch(Way way) {
        try (ServedShelf served = new ServedShelf(temporary.options());
                Shelf shelf = served.connect(Way.MAPPED)) {
            putPoints(shelf);
            try (SearchPort port = served.search(way)) {
                long[] even = LongStream.range(0, 40_000).map(row -> row * 2).toArray();
                assertThat(ids(port, new Filter.Rows(new long[] {3, 7}))).containsExactly(7, 3, -1);
                assertThat(ids(port, new Filter.Rows(even))).containsExactly(10, 8, 12);
                assertThat(ids(port, new Filter.Condition("x > 20 AND x <> 21")))
                        .containsExactly(22, 23, 24);

                Around around =
                        port.within(
                                wanted(new Filter.All()),
                                new Queries.Vectors(new double[] {5, -50, 1_000}, 1),
                                1);
                assertThat(around.starts()).containsExactly(0, 3, 3, 6);
                assertThat(around.found().ids())
                        .containsExactlyInAnyOrder(5, 4, 6, 1_000, 999, 1_001);
                assertThat(around.found().distances()).containsExactly(0, 1, 1, 0, 1, 1);

                Nearest nearest =
                        port.nearest(
                                wanted(new Filter.All()), new Queries.Vectors(manyValues(), 1), 1);
                assertThat(nearest.found().ids()).hasSize(9_000).startsWith(0, 1).endsWith(-1);
                assertThat(nearest.facts().skippedQueries()).isEqualTo(1);
                assertThatThrownBy(() ->
                                port.nearest(
                                        wanted(new Filter.Condition("no such thing")),
                                        new Queries.Rows("points"),
                                        1))
                        .isInstanceOfSatisfying(
                                ShelfException.class,
                                failure ->
                                        assertThat(failure.code())
                                                .isEqualTo(ErrorCode.INVALID_SQL));
            }
            assertThat(shelf.list()).extracting(TableInfo::name).containsExactly("points");
            assertThat(shelf.internalNames()).noneMatch(name -> name.contains("search/"));
        }
    }

    /// More than fit into a ticket, and the last is no number.
    private static double[] manyValues() {
        double[] values = new double[9_000];
        for (int row = 0; row < values.length; row++) {
            values[row] = row;
        }
        values[values.length - 1] = Double.NaN;
        return values;
    }

    private static Wanted wanted(Filter filter) {
        return new Wanted("points", List.of("x"), "l2", "auto", 0, filter);
    }

    private static long[] ids(SearchPort port, Filter filter) {
        double[] query = {9.6};
        return port.nearest(wanted(filter), new Queries.Vectors(query, 1), 3).found().ids();
    }

    private static Nearest search(SearchPort port, int k) {
        Wanted wanted = new Wanted("points", List.of(), "l2", "exact", 0, new Filter.All());
        Nearest found = port.nearest(wanted, new Queries.Rows("points"), k);
        assertThat(found.queries()).isEqualTo(ROWS);
        assertThat(found.found().ids()).hasSize(ROWS * k);
        return found;
    }

    private static void putPoints(Shelf shelf) {
        try (BufferAllocator allocator = new RootAllocator();
                Float4Vector points = new Float4Vector("x", allocator)) {
            points.allocateNew(ROWS);
            for (int row = 0; row < ROWS; row++) {
                points.set(row, row);
            }
            points.setValueCount(ROWS);
            try (VectorSchemaRoot root = VectorSchemaRoot.of(points)) {
                shelf.put("points", root);
            }
        }
    }
}
