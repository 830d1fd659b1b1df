package dev.arrowshelf.cli.prompt;

import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.sql.SqlEngine;
import dev.arrowshelf.sql.SqlResult;
import dev.arrowshelf.sql.model.SqlRequest;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Runs statements one after the other and prints their rows as it was told to.
///
/// One thread, except for [#cancel()].
public final class StatementRunner {
    private final SqlEngine engine;
    private final Optional<Duration> timeout;
    private ResultMode mode;
    private long rows;
    private boolean timing;
    private @Nullable SqlResult running;
    private boolean cancelled;

    /// @param rows most rows of a printed table
    /// @param timeout how long a statement may run, if not as long as usual
    public StatementRunner(
            SqlEngine engine, ResultMode mode, long rows, Optional<Duration> timeout) {
        this.engine = engine;
        this.mode = mode;
        this.rows = rows;
        this.timeout = timeout;
    }

    ResultMode mode() {
        return mode;
    }

    void print(ResultMode other) {
        mode = other;
    }

    long rows() {
        return rows;
    }

    void show(long most) {
        rows = most;
    }

    boolean timing() {
        return timing;
    }

    void time(boolean on) {
        timing = on;
    }

    /// Runs a statement and prints what it comes to.
    public void run(String statement, PrintStream out) throws IOException {
        long begun = System.nanoTime();
        SqlRequest request = SqlRequest.of(statement);
        try (SqlResult result = engine.query(timeout.map(request::withTimeout).orElse(request))) {
            begin(result);
            long count = mode.print(result.reader(), rows, out);
            printEnd(count, System.nanoTime() - begun, out);
        } finally {
            end();
        }
    }

    /// Stops the statement that runs, from any thread; one that is being planned ends before its
    /// first row.
    void cancel() {
        synchronized (this) {
            cancelled = true;
            if (running != null) {
                running.cancel();
            }
        }
    }

    private synchronized void begin(SqlResult result) {
        running = result;
        if (cancelled) {
            result.cancel();
        }
    }

    private synchronized void end() {
        running = null;
        cancelled = false;
    }

    private void printEnd(long count, long nanos, PrintStream out) {
        boolean cut = mode == ResultMode.TABLE && count > rows;
        if (timing) {
            out.println(
                    "("
                            + (cut ? "the first " : "")
                            + Figures.counted(cut ? rows : count, "row")
                            + ", "
                            + Figures.time(nanos)
                            + ")");
        } else if (cut) {
            out.println("(the first " + Figures.counted(rows, "row") + ")");
        }
    }
}
