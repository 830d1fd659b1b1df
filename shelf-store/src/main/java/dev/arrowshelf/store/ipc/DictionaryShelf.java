package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.util.ArrayList;
import java.util.List;

/// The dictionary batches of one segment, and those of earlier segments that it still needs.
final class DictionaryShelf {
    private final List<List<PlacedMessage>> placed;
    private final List<List<CarriedDictionary>> owed;
    private int count;

    DictionaryShelf(int dictionaries) {
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
        DictionaryShelf next = new DictionaryShelf(placed.size());
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

    /// Returns what must be added before a batch: all that is owed before a record batch, the base
    /// before a delta.
    List<CarriedDictionary> owed(BatchMetadata batch) {
        if (batch.isDictionary()) {
            return batch.isDelta() ? List.copyOf(owed.get(batch.dictionary())) : List.of();
        }
        List<CarriedDictionary> all = new ArrayList<>();
        owed.forEach(all::addAll);
        return all;
    }

    /// Checks that a batch may be added now.
    void check(BatchMetadata batch, SchemaMetadata schema) {
        if (batch.isDictionary()) {
            checkDictionary(batch, schema);
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

    private void checkDictionary(BatchMetadata batch, SchemaMetadata schema) {
        int dictionary = batch.dictionary();
        long id = schema.dictionaries().get(dictionary).id();
        if (!batch.isDelta() && has(dictionary)) {
            throw new IllegalStateException("dictionary is replaced within a segment: id=" + id);
        }
        if (batch.isDelta() && !owed.get(dictionary).isEmpty()) {
            throw new IllegalStateException("dictionary is owed: id=" + id);
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
