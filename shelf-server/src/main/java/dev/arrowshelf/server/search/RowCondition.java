package dev.arrowshelf.server.search;

import dev.arrowshelf.sql.SqlEngine;
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
import java.util.function.ToLongFunction;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.ipc.ArrowReader;

/// An expression of SQL over a table's columns that rows must fulfil to be found.
///
/// Condition and vectors are read in the same generation of the table: one that is replaced in
/// between is searched again. Immutable.
///
/// @param sql the expression
public record RowCondition(String sql) {
    private static final int MOST_GENERATIONS = 8;
    private static final int FIRST_ROWS = 1 << 12;

    /// The column of row numbers: a name that no condition uses by accident.
    private static final String ROW = "\"\u0001row\"";

    /// Searches among the rows that pass.
    ///
    /// @param engine tells which rows pass
    /// @param generations tells the generation that a table has now
    /// @param search runs the request with the filter in it
    public <A extends SearchAnswer> A search(
            SqlEngine engine,
            ToLongFunction<String> generations,
            SearchRequest request,
            Function<SearchRequest, A> search) {
        for (int tries = 0; tries < MOST_GENERATIONS; tries++) {
            long generation = generations.applyAsLong(request.table());
            RowFilter passing = RowFilter.rows(passing(engine, request.table()));
            A answer = search.apply(request.withFilter(passing));
            if (answer.facts().generation() == generation) {
                return answer;
            }
        }
        throw new ShelfException(
                ErrorCode.BUSY,
                "table is replaced faster than it is searched: name=" + request.table());
    }

    private long[] passing(SqlEngine engine, String table) {
        String statement =
                "SELECT %s FROM (SELECT *, row_number() OVER () - 1 AS %s FROM \"%s\") WHERE %s\n"
                        .formatted(ROW, ROW, table.replace("\"", "\"\""), sql);
        long[] rows = new long[FIRST_ROWS];
        int count = 0;
        try (SqlResult result = engine.query(SqlRequest.of(statement))) {
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
