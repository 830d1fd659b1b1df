package dev.arrowshelf.sql.scan;

import dev.arrowshelf.store.table.ShelfTable;
import java.util.LinkedHashMap;
import java.util.Map;

/// The images of tables that were queried lately. Thread-safe.
final class TableImages {
    private static final int MOST = 1024;

    private final Map<Long, TableImage> byGeneration =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, TableImage> eldest) {
                    return size() > MOST;
                }
            };

    TableImage of(ShelfTable table) {
        synchronized (byGeneration) {
            TableImage known = byGeneration.get(table.generation());
            if (known != null) {
                return known;
            }
        }
        TableImage read = TableImage.of(table);
        synchronized (byGeneration) {
            byGeneration.put(table.generation(), read);
        }
        return read;
    }
}
