package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.util.Arrays;

/// How long each dictionary is as the messages of a table go by.
public final class DictionaryLengths {
    private static final long MISSING = -1;

    private final SchemaMetadata schema;
    private final long[] lengths;

    public DictionaryLengths(SchemaMetadata schema) {
        this.schema = schema;
        this.lengths = new long[schema.dictionaries().size()];
        Arrays.fill(lengths, MISSING);
    }

    /// Returns the lengths that a batch may refer to; a record batch may come only after all
    /// dictionaries.
    public long[] before(BatchMetadata batch) {
        for (int i = 0; i < lengths.length && !batch.isDictionary(); i++) {
            if (lengths[i] == MISSING) {
                throw batch.bytes()
                        .invalid(
                                "record batch comes before its dictionary: id="
                                        + schema.dictionaries().get(i).id());
            }
        }
        return lengths;
    }

    /// Takes the length of a dictionary batch into account.
    public void after(BatchMetadata batch) {
        if (!batch.isDictionary()) {
            return;
        }
        int dictionary = batch.dictionary();
        if (!batch.isDelta()) {
            lengths[dictionary] = batch.rows();
            return;
        }
        if (lengths[dictionary] == MISSING || batch.rows() > Long.MAX_VALUE - lengths[dictionary]) {
            throw batch.bytes()
                    .invalid(
                            "delta comes before its dictionary: id="
                                    + schema.dictionaries().get(dictionary).id());
        }
        lengths[dictionary] += batch.rows();
    }
}
