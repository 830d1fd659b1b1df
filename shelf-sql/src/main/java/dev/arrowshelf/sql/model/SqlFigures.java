package dev.arrowshelf.sql.model;

/// What an engine does and keeps now.
///
/// @param use what queries hold
/// @param keptResults results that are kept for the next time they are asked for
/// @param keptBytes bytes of these
/// @param resultHits statements that kept results answered
/// @param resultMisses statements that they could have answered
/// @param twinBytes bytes of tables that are copied for queries
/// @param instances instances of DuckDB that were opened; more than one: it gave the others up
public record SqlFigures(
        SqlUse use,
        int keptResults,
        long keptBytes,
        long resultHits,
        long resultMisses,
        long twinBytes,
        long instances) {
    /// An engine that nobody has asked anything.
    public static final SqlFigures NONE = new SqlFigures(SqlUse.NONE, 0, 0, 0, 0, 0, 0);
}
