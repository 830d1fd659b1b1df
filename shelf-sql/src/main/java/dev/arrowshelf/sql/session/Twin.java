package dev.arrowshelf.sql.session;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// A copy of one generation of a table in DuckDB's own storage.
///
/// Guarded by its [Twins], except for what does not change.
final class Twin {
    private static final int ENOUGH_MENTIONS = 2;

    private final String table;
    private final long generation;
    private final long bytes;
    private State state = State.WANTED;
    private int mentions;
    private int users;

    /// From the first mention of a table to the end of its copy.
    enum State {
        /// Mentioned, not often enough yet or not copied yet.
        WANTED,
        /// Being copied.
        COPYING,
        /// Read in place of the table.
        READY,
        /// Cannot be copied; not tried again.
        REFUSED,
        /// Read by nobody new.
        LEAVING
    }

    /// @param table the name that it was copied under
    /// @param bytes of the table on the shelf, which the copy is about as large as
    Twin(String table, long generation, long bytes) {
        this.table = table;
        this.generation = generation;
        this.bytes = bytes;
    }

    String table() {
        return table;
    }

    long generation() {
        return generation;
    }

    long bytes() {
        return bytes;
    }

    State state() {
        return state;
    }

    void become(State next) {
        state = next;
    }

    void mention() {
        mentions++;
    }

    /// Returns whether it was named so often that a copy pays.
    boolean isWanted() {
        return state == State.WANTED && mentions >= ENOUGH_MENTIONS;
    }

    boolean isUsed() {
        return users > 0;
    }

    void use() {
        users++;
    }

    void release() {
        users--;
        if (users < 0) {
            throw new ShelfException(
                    ErrorCode.INTERNAL, "twin was released twice: generation=" + generation);
        }
    }

    /// Returns its name in DuckDB.
    String name() {
        return "g" + generation;
    }
}
