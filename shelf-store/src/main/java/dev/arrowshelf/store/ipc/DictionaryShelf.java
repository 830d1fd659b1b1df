package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.util.ArrayList;
import java.util.List;

/// The dictionary batches of one segment, and those of earlier segments that it still needs.
final class DictionaryShelf {
    private final SchemaMetadata schema;
    private final List<List<PlacedMessage>> placed;
    private final List<List<CarriedDictionary>> owed;
    private int count;

    DictionaryShelf(SchemaMetadata schema) {
        int dictionaries = schema.dictionaries().size();
        this.schema = schema;
        this.placed = lists(dictionaries);
        this.owed = lists(dictionaries);
    }

    private static <T> List<List<T>> lists(int size) {
        List<List<T>> lists = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            lists.add(new ArrayList<>(1));
        }
        return lists;
    }

    /// Returns an empty shelf that is owed everything this one has or is owed.
    ///
    /// @param origin the composer that this shelf belongs to
    DictionaryShelf successor(SegmentComposer origin) {
        DictionaryShelf next = new DictionaryShelf(schema);
        for (int i = 0; i < placed.size(); i++) {
            next.owed.get(i).addAll(owed.get(i));
            for (PlacedMessage message : placed.get(i)) {
                next.owed
                        .get(i)
                        .add(
                                new CarriedDictionary(
                                        new IpcMessage(message.metadata(), message.bodyBytes()),
                                        origin,
                                        message.bodyOffset()));
            }
        }
        return next;
    }

    /// Returns whether the segment has a dictionary.
    boolean has(int dictionary) {
        return !placed.get(dictionary).isEmpty();
    }

    /// Returns the number of dictionary batches in the segment.
    int count() {
        return count;
    }

    /// Returns all dictionary batches, each dictionary after those that its values refer to.
    List<PlacedMessage> placed() {
        List<PlacedMessage> all = new ArrayList<>(count);
        placed.forEach(all::addAll);
        return all;
    }

    /// Returns what must be added before a batch: before a record batch all that is owed, before a
    /// dictionary batch those that its values refer to, and before a delta also what it adds to.
    List<CarriedDictionary> owed(BatchMetadata batch) {
        List<CarriedDictionary> all = new ArrayList<>();
        if (!batch.isDictionary()) {
            owed.forEach(all::addAll);
            return all;
        }
        for (int inner : schema.dictionaries().get(batch.dictionary()).inner()) {
            all.addAll(owed.get(inner));
        }
        if (batch.isDelta()) {
            all.addAll(owed.get(batch.dictionary()));
        }
        return all;
    }

    /// Checks that a batch may be added now.
    void check(BatchMetadata batch) {
        if (batch.isDictionary()) {
            checkDictionary(batch);
            return;
        }
        for (int i = 0; i < placed.size(); i++) {
            if (!owed.get(i).isEmpty()) {
                throw new IllegalStateException(
                        "dictionary is owed: id=" + schema.dictionaries().get(i).id());
            }
            if (placed.get(i).isEmpty()) {
                throw batch.bytes()
                        .invalid(
                                "record batch comes before its dictionary: id="
                                        + schema.dictionaries().get(i).id());
            }
        }
    }

    private void checkDictionary(BatchMetadata batch) {
        int dictionary = batch.dictionary();
        long id = schema.dictionaries().get(dictionary).id();
        if (!batch.isDelta() && has(dictionary)) {
            throw new IllegalStateException("dictionary is replaced within a segment: id=" + id);
        }
        if (!owed(batch).isEmpty()) {
            throw new IllegalStateException("dictionary is owed before: id=" + id);
        }
        if (batch.isDelta() && !has(dictionary)) {
            throw batch.bytes().invalid("delta comes before its dictionary: id=" + id);
        }
    }

    /// Adds a dictionary batch that was checked. What was owed for its dictionary is settled or
    /// outdated by it.
    void add(PlacedMessage message) {
        int dictionary = message.batch().dictionary();
        owed.get(dictionary).clear();
        placed.get(dictionary).add(message);
        count++;
    }
}
