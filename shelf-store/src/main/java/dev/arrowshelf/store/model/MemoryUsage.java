package dev.arrowshelf.store.model;

/// Where the shelf's bytes are. Each figure is in bytes of allocated pages (`st_blocks`), not of
/// file lengths.
///
/// @param limit the limit in force
/// @param resident segments and slabs of live tables
/// @param writing files of puts under way
/// @param pool blanks of the warm pool
/// @param unlinked segments of deleted tables that a reader still has mapped
/// @param spilled bytes on disk, outside the limit
/// @param fileSystemFree free bytes of the file system that holds the directory
/// @param limitedBy the bound that the limit comes from, in plain words; empty when nobody can tell
public record MemoryUsage(
        long limit,
        long resident,
        long writing,
        long pool,
        long unlinked,
        long spilled,
        long fileSystemFree,
        String limitedBy) {
    /// Returns what counts against the limit.
    public long used() {
        return resident + writing + pool + unlinked;
    }
}
