package dev.arrowshelf.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.client.ServedShelf.Way;
import dev.arrowshelf.client.local.SearchPort;
import dev.arrowshelf.client.local.SearchPort.Nearest;
import dev.arrowshelf.client.local.SearchPort.Queries;
import dev.arrowshelf.client.local.SearchPort.Wanted;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Searches that the owner of the directory does.
final class SearchPortIT {
    private static final int ROWS = 2_000;

    /// 2,000 times as many are 42,000 places: more than come in a reply unasked.
    private static final int SOME = 21;

    /// 2,000 times as many are 2,100,000 places: more than any reply holds.
    private static final int MANY = 1_050;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void answersInTheReplyAndOnTheShelfAreTheSame() {
        try (ServedShelf served = new ServedShelf(temporary.options());
                Shelf shelf = served.connect(Way.MAPPED)) {
            putPoints(shelf);
            try (SearchPort port = SearchPort.connect(temporary.directory())) {
                Nearest reply = search(port, SOME);
                Nearest lent = search(port, MANY);

                for (int row = 0; row < ROWS; row++) {
                    assertThat(reply.found().ids()[row * SOME]).isEqualTo(row);
                    for (int place = 0; place < SOME; place++) {
                        assertThat(lent.found().distances()[row * MANY + place])
                                .isEqualTo(reply.found().distances()[row * SOME + place]);
                    }
                    float distance = Math.abs(row - lent.found().ids()[row * MANY + MANY - 1]);
                    assertThat(lent.found().distances()[row * MANY + MANY - 1]).isEqualTo(distance);
                }
            }
            assertThat(shelf.list()).extracting(TableInfo::name).containsExactly("points");
        }
    }

    private static Nearest search(SearchPort port, int k) {
        Wanted wanted = new Wanted("points", List.of(), "l2", "exact", 0, "");
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
