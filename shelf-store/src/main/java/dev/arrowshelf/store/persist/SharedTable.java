package dev.arrowshelf.store.persist;

/// A table on its way from a shared tier. For one thread.
public interface SharedTable extends IncomingTable {
    /// Returns the generation under which the tier published it.
    long published();
}
