package dev.arrowshelf.sql.scan;

/// One mention of a table in a statement, from binding to the end of its plan.
///
/// Binding and optimizing happen in one thread; what they leave here is read by others later.
final class BoundScan implements AutoCloseable {
    private final PinnedTable table;

    BoundScan(PinnedTable table) {
        this.table = table;
    }

    PinnedTable table() {
        return table;
    }

    /// Nothing to give back: the table belongs to the snapshot.
    @Override
    public void close() {}
}
