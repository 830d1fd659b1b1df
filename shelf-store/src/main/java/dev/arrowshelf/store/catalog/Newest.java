package dev.arrowshelf.store.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lets the highest generation of each key win, wherever the table lies. Of two records with one
/// generation (a slab was being compacted) the first wins. Confined to one thread.
final class Newest {
    private final Map<TableKey, Found> winners = new HashMap<>();
    private final List<Descriptor> oldTables = new ArrayList<>();
    private final List<SlabRecord> oldRecords = new ArrayList<>();
    private long highest;

    private sealed interface Found {
        TableKey key();

        long generation();
    }

    private record FoundTable(Descriptor table) implements Found {
        @Override
        public TableKey key() {
            return table.key();
        }

        @Override
        public long generation() {
            return table.generation();
        }
    }

    private record FoundRecord(SlabRecord record) implements Found {
        @Override
        public TableKey key() {
            return record.key();
        }

        @Override
        public long generation() {
            return record.generation();
        }
    }

    void add(Descriptor table) {
        add(new FoundTable(table));
    }

    void add(SlabRecord record) {
        add(new FoundRecord(record));
    }

    private void add(Found found) {
        highest = Math.max(highest, found.generation());
        @Nullable Found other = winners.put(found.key(), found);
        if (other == null) {
            return;
        }
        Found loser = other;
        if (other.generation() >= found.generation()) {
            winners.put(found.key(), other);
            loser = found;
        }
        switch (loser) {
            case FoundTable(Descriptor table) -> oldTables.add(table);
            case FoundRecord(SlabRecord record) -> oldRecords.add(record);
        }
    }

    List<Descriptor> tables() {
        List<Descriptor> tables = new ArrayList<>();
        for (Found found : winners.values()) {
            if (found instanceof FoundTable(Descriptor table)) {
                tables.add(table);
            }
        }
        return tables;
    }

    List<SlabRecord> records() {
        List<SlabRecord> records = new ArrayList<>(winners.size());
        for (Found found : winners.values()) {
            if (found instanceof FoundRecord(SlabRecord record)) {
                records.add(record);
            }
        }
        return records;
    }

    List<Descriptor> oldTables() {
        return oldTables;
    }

    List<SlabRecord> oldRecords() {
        return oldRecords;
    }

    long highest() {
        return highest;
    }
}
