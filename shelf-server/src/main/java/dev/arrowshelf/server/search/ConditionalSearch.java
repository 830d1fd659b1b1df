package dev.arrowshelf.server.search;

import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.model.RowFilter;
import dev.arrowshelf.vector.model.SearchAnswer;
import dev.arrowshelf.vector.model.SearchRequest;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Function;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Searches among the rows for which a condition in SQL is true. Condition and vectors are read in
/// the same generation of the table: one that is replaced in between is searched again.
///
/// Thread-safe.
///
/// @param service searches
/// @param sql tells which rows pass
public record ConditionalSearch(SearchService service, SqlService sql) {
    private static final int MOST_GENERATIONS = 8;
    private static final int FIRST_ROWS = 1 << 12;

    /// The column of row numbers: a name that no condition uses by accident.
    private static final String ROW = "\"\u0001row\"";

    /// Searches among the rows that pass.
    ///
    /// @param condition an expression of SQL over the table's columns
    /// @param search runs the request with the filter in it
    public <A extends SearchAnswer> A run(
            SearchRequest request, String condition, Function<SearchRequest, A> search) {
        for (int tries = 0; tries < MOST_GENERATIONS; tries++) {
            long generation = service.generation(request.table());
            RowFilter passing = RowFilter.rows(passing(request.table(), condition));
            A answer = search.apply(request.withFilter(passing));
            if (answer.facts().generation() == generation) {
                return answer;
            }
        }
        throw new ShelfException(
                ErrorCode.BUSY,
                "table is replaced faster than it is searched: name=" + request.table());
    }

    private long[] passing(String table, String condition) {
        String statement =
                "SELECT %s FROM (SELECT *, row_number() OVER () - 1 AS %s FROM \"%s\") WHERE %s\n"
                        .formatted(ROW, ROW, table.replace("\"", "\"\""), condition);
        long[] rows = new long[FIRST_ROWS];
        int count = 0;
        try (SqlResult result = sql.engine().query(SqlRequest.of(statement))) {
            ArrowReader reader = result.reader();
            while (reader.loadNextBatch()) {
                BigIntVector numbers = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                int more = numbers.getValueCount();
                if (more > rows.length - count) {
                    rows = Arrays.copyOf(rows, Math.addExact(rows.length, Math.max(count, more)));
                }
                for (int row = 0; row < more; row++) {
                    rows[count++] = numbers.get(row);
                }
            }
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "rows that pass cannot be read: name=" + table, failure);
        }
        return Arrays.copyOf(rows, count);
    }
}
