package dev.arrowshelf.server.sql;

import dev.arrowshelf.sql.model.SqlRequest;

/// A query of a local client.
///
/// @param number how the client names it
/// @param sql the statement and its parameters
/// @param answer what is wanted
public record QueryRequest(long number, SqlRequest sql, Wanted answer) {
    /// What a client wants of a query.
    public sealed interface Wanted {}

    /// Its rows.
    ///
    /// @param inPlace whether the client maps tables of the shelf that are the result as they are
    public record Rows(boolean inPlace) implements Wanted {}

    /// A table of its rows.
    ///
    /// @param name the table's
    public record Table(String name) implements Wanted {}

    /// Its plan.
    ///
    /// @param analyze whether it runs, too
    /// @param json whether the plan is JSON
    public record Plan(boolean analyze, boolean json) implements Wanted {}
}
