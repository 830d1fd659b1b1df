package dev.arrowshelf.store.publish;

import dev.arrowshelf.store.catalog.TableKey;

/// Is told which tables come and go, under the lock of their key: it must be quick.
public interface TableWatcher {
    /// A table is shown under its key.
    ///
    /// @param client who put it; empty for nobody in particular
    void shown(TableKey key, TableEntry entry, String client);

    /// A partition of a table went to disk or came back, or its life has changed.
    void moved(TableKey key, TableEntry entry);

    /// A table was deleted or replaced.
    void gone(TableKey key, TableEntry entry);

    /// All tables were deleted.
    void allGone();
}
