package dev.arrowshelf.sql.model;

/// What queries hold now.
///
/// @param running queries that have a place
/// @param waiting queries in line
/// @param tables tables pinned
/// @param blocks blocks of native memory
/// @param objects Java objects that DuckDB holds
/// @param groupsSkipped row groups that filters ruled out, since the engine was opened
public record SqlUse(
        int running, int waiting, int tables, int blocks, int objects, long groupsSkipped) {
    /// An engine that nobody has asked anything.
    public static final SqlUse NONE = new SqlUse(0, 0, 0, 0, 0, 0);

    /// Returns whether nothing is held.
    public boolean isIdle() {
        return running + waiting + tables + blocks + objects == 0;
    }
}
