package dev.arrowshelf.cli.line;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.vector.VectorOptions;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.index.IndexHost;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Vector search over tables that a command reads in place: stored indexes are used, new ones live
/// as long as the command.
public final class SearchSource {
    private SearchSource() {}

    /// Opens a search over tables, which are closed after it.
    public static VectorSearch open(TableSource tables) {
        return VectorSearch.over(new Reading(tables), VectorOptions.DEFAULT);
    }

    /// The same with so many threads.
    public static VectorSearch open(TableSource tables, int threads) {
        return VectorSearch.over(new Reading(tables), VectorOptions.DEFAULT.withThreads(threads));
    }

    private record Reading(TableSource tables) implements IndexHost {
        @Override
        public @Nullable ShelfTable find(String name) {
            return tables.find(name);
        }

        @Override
        public TableBuilder builder(String name, Schema schema, long capacityBytes) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "this command only reads: table=" + name);
        }

        @Override
        public void put(String name, VectorSchemaRoot root) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "this command only reads: table=" + name);
        }

        @Override
        public boolean delete(String name) {
            return false;
        }

        @Override
        public List<String> internalNames() {
            return List.of();
        }

        @Override
        public boolean storesIndexes() {
            return false;
        }
    }
}
