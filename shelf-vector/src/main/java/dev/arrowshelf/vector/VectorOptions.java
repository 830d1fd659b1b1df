package dev.arrowshelf.vector;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// How searches run in this process.
///
/// @param threads most threads of a bulk search or a build, the caller's among them
/// @param storesIndexes whether indexes that searches build are kept on the shelf for everybody
public record VectorOptions(int threads, boolean storesIndexes) {
    /// All processors; indexes are kept.
    public static final VectorOptions DEFAULT =
            new VectorOptions(Runtime.getRuntime().availableProcessors(), true);

    /// Checks the range.
    public VectorOptions {
        if (threads < 1 || threads > 1024) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "threads out of range: threads=" + threads + ", least=1, greatest=1024");
        }
    }

    /// Returns a copy with another number of threads.
    public VectorOptions withThreads(int most) {
        return new VectorOptions(most, storesIndexes);
    }

    /// Returns a copy that keeps indexes on the shelf or not.
    public VectorOptions withStoredIndexes(boolean stores) {
        return new VectorOptions(threads, stores);
    }
}
