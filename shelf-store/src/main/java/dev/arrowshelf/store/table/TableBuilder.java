package dev.arrowshelf.store.table;

import dev.arrowshelf.store.model.TableInfo;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;

/// Builds a table of one record batch where it will lie: the vectors' buffers are shared memory
/// already, so that [#seal()] copies nothing.
///
/// ```java
/// try (TableBuilder builder = shelf.builder("points", schema)) {
///     VectorSchemaRoot root = builder.root(1_000_000);
///     ... fill the vectors, root.setRowCount(n) ...
///     builder.seal();
/// }
/// ```
///
/// A table that cannot be built in place (dictionaries, an owner on another host) is copied by
/// `seal` instead; the caller sees no difference but the time.
///
/// Thread rule: one thread at a time. Different vectors may be filled by different threads once
/// they are allocated.
///
/// Memory rule: after `seal` the vectors stay readable until they and the builder are closed;
/// **writing into one after `seal` ends the process**. Closing without `seal` drops everything that
/// was built.
///
/// Errors: `OUT_OF_MEMORY` when the shelf is full, at allocation (as arrow-java's
/// `OutOfMemoryException`) or at `seal`; `CLOSED` after [#close()].
public interface TableBuilder extends AutoCloseable {
    /// Returns the allocator whose buffers lie in the table to be; for vectors made by the caller.
    BufferAllocator allocator();

    /// Returns the root to fill, its vectors empty and not allocated. Columns that are not nullable
    /// are sealed without looking at their validity, at a cost that does not depend on the number
    /// of rows.
    VectorSchemaRoot root();

    /// Returns the root to fill, its fixed-width vectors allocated for at least this many rows, at
    /// places that need no moving at the end.
    VectorSchemaRoot root(int rows);

    /// Returns the dictionaries that belong to the dictionary-encoded fields of the root; to be
    /// filled by the caller. They are closed with the builder.
    MapDictionaryProvider dictionaries();

    /// Publishes the table: all rows of the root, visible to every process when this returns. Once
    /// only.
    TableInfo seal();

    /// Closes the root; without a seal, drops the table. Idempotent.
    @Override
    void close();
}
