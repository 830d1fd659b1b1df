package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import java.io.IOException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;

/// The same points in SQL: DuckDB reads the shared pages themselves. The answer is compared with a
/// loop over the vectors.
final class SqlChapter implements Chapter {
    private static final String QUERY =
            "select count(*) as n, sum(y) as total from %s where x < 0.5"
                    .formatted(TablePoints.TABLE);
    private static final double ROUNDING = 1e-9;

    @Override
    public String title() {
        return "SQL over the same memory";
    }

    @Override
    public void tell(Stage stage) throws IOException {
        stage.say("query", QUERY);
        long opening = System.nanoTime();
        try (SqlEngine engine = SqlEngine.open(stage.shelf(), SqlOptions.defaults())) {
            long opened = System.nanoTime();
            Answer found = ask(engine);
            long first = System.nanoTime();
            Answer again = ask(engine);
            long done = System.nanoTime();
            Answer expected = look(stage);
            if (!found.isNear(expected) || !again.isNear(expected)) {
                throw new ShelfException(
                        ErrorCode.INTERNAL,
                        "SQL is wrong: found=" + found + ", expected=" + expected);
            }
            stage.say(
                    "answer",
                    Figures.grouped(found.count())
                            + " points, sum "
                            + Figures.decimal(found.total(), 3)
                            + "; equal to a look at every point");
            stage.say(
                    "time",
                    Figures.time(opened - opening)
                            + " to start DuckDB, "
                            + Figures.time(first - opened)
                            + " the first time, "
                            + Figures.time(done - first)
                            + " again; no byte of the table copied");
        }
    }

    private static Answer ask(SqlEngine engine) throws IOException {
        try (SqlResult result = engine.query(QUERY)) {
            ArrowReader reader = result.reader();
            VectorSchemaRoot row = reader.getVectorSchemaRoot();
            if (!reader.loadNextBatch()) {
                throw new ShelfException(ErrorCode.INTERNAL, "SQL gave no row");
            }
            return new Answer(
                    ((BigIntVector) row.getVector("n")).get(0),
                    ((Float8Vector) row.getVector("total")).get(0));
        }
    }

    private static Answer look(Stage stage) throws IOException {
        long count = 0;
        double total = 0;
        try (ShelfTable table = stage.shelf().get(TablePoints.TABLE);
                ArrowReader reader = table.reader()) {
            VectorSchemaRoot batch = reader.getVectorSchemaRoot();
            while (reader.loadNextBatch()) {
                Float8Vector x = (Float8Vector) batch.getVector("x");
                Float8Vector y = (Float8Vector) batch.getVector("y");
                for (int row = 0; row < batch.getRowCount(); row++) {
                    if (x.get(row) < 0.5) {
                        count++;
                        total += y.get(row);
                    }
                }
            }
        }
        return new Answer(count, total);
    }

    private record Answer(long count, double total) {
        boolean isNear(Answer other) {
            return count == other.count
                    && Math.abs(total - other.total) <= ROUNDING * Math.abs(other.total);
        }
    }
}
