package dev.arrowshelf.store.table;

import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Where the rows of a put come from. Holds no resources of its own: whoever made the root, reader
/// or channel closes it.
///
/// Thread rule: a source is used by one put at a time.
public sealed interface VectorSource {
    /// Returns a source of one record batch without dictionaries.
    static VectorSource of(VectorSchemaRoot root) {
        return new OfRoot(root, new MapDictionaryProvider());
    }

    /// Returns a source of one record batch whose dictionary-encoded columns are resolved by a
    /// provider.
    static VectorSource of(VectorSchemaRoot root, DictionaryProvider dictionaries) {
        return new OfRoot(root, dictionaries);
    }

    /// Returns a source of all batches a reader still has.
    static VectorSource of(ArrowReader reader) {
        return new OfReader(reader);
    }

    /// Returns a source that reads an Arrow IPC file or stream.
    static VectorSource of(Path file) {
        return new OfFile(file);
    }

    /// Returns a source that reads an Arrow IPC stream (or file, from its beginning) to its end;
    /// the channel must block.
    static VectorSource of(ReadableByteChannel channel) {
        return new OfChannel(channel);
    }

    /// One record batch.
    ///
    /// @param root the columns
    /// @param dictionaries values of its dictionary-encoded columns
    record OfRoot(VectorSchemaRoot root, DictionaryProvider dictionaries) implements VectorSource {}

    /// Batches, one after the other, in the reader's own root.
    ///
    /// @param reader where they come from
    record OfReader(ArrowReader reader) implements VectorSource {}

    /// A file in either IPC format.
    ///
    /// @param file its path
    record OfFile(Path file) implements VectorSource {}

    /// Bytes in either IPC format.
    ///
    /// @param channel where they come from
    record OfChannel(ReadableByteChannel channel) implements VectorSource {}
}
