package dev.arrowshelf.testkit;

import dev.arrowshelf.store.table.VectorSource;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;

/// A root with the dictionaries of its dictionary-encoded columns. Owns both until [#close()].
///
/// @param root the rows
/// @param dictionaries values of the dictionary-encoded columns
public record RandomTable(VectorSchemaRoot root, MapDictionaryProvider dictionaries)
        implements AutoCloseable {
    /// Returns it as the source of a put.
    public VectorSource source() {
        return VectorSource.of(root, dictionaries);
    }

    @Override
    public void close() {
        root.close();
        dictionaries.getDictionaryIds().forEach(id -> dictionaries.lookup(id).getVector().close());
    }
}
