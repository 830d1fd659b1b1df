package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.tables.TableSource;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TableContent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/// An engine over a shelf for one test: closing it checks that no query left anything behind.
final class Engine implements AutoCloseable {
    private final Shelf shelf;
    private final SqlEngine sql;
    private final BufferAllocator allocator = new RootAllocator();

    private Engine(Shelf shelf, SqlEngine sql) {
        this.shelf = shelf;
        this.sql = sql;
    }

    static Engine over(Shelf shelf) {
        return over(shelf, SqlOptions.defaults());
    }

    static Engine over(Shelf shelf, SqlOptions options) {
        return new Engine(shelf, SqlEngine.open(shelf, options));
    }

    /// @param source the shelf's tables, and what else a query shall find
    static Engine over(Shelf shelf, TableSource source, SqlOptions options) {
        return new Engine(shelf, SqlEngine.open(source, options));
    }

    SqlEngine sql() {
        return sql;
    }

    BufferAllocator allocator() {
        return allocator;
    }

    List<List<String>> rows(String text, Object... parameters) {
        return rows(SqlRequest.of(text, parameters));
    }

    List<List<String>> rows(SqlRequest request) {
        try (SqlResult result = sql.query(request)) {
            return TableContent.of(result.reader()).rows();
        }
    }

    /// Returns the only value of a result.
    String value(String text, Object... parameters) {
        List<List<String>> rows = rows(text, parameters);
        assertThat(rows).as(text).hasSize(1);
        assertThat(rows.getFirst()).as(text).hasSize(1);
        return rows.getFirst().getFirst();
    }

    /// Puts a table with the numbers from 0 on, and one of ten words beside each.
    void put(String name, int count) {
        put(name, count, PutOptions.DEFAULT);
    }

    void put(String name, int count, PutOptions options) {
        try (BigIntVector n = new BigIntVector("n", allocator);
                VarCharVector s = new VarCharVector("s", allocator)) {
            for (int i = 0; i < count; i++) {
                n.setSafe(i, i);
                s.setSafe(i, ("word " + i % 10).getBytes(StandardCharsets.UTF_8));
            }
            n.setValueCount(count);
            s.setValueCount(count);
            shelf.put(name, VectorSchemaRoot.of(n, s), options);
        }
    }

    @Override
    public void close() {
        Deadline.ofSeconds(30).await("queries hold nothing", () -> sql.use().isIdle());
        sql.close();
        allocator.close();
    }
}
