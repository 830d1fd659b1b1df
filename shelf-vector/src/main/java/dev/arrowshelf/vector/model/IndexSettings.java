package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// How an index is built, as far as its builder leaves a choice.
///
/// @param lists lists (IVF) or links of a point (HNSW); 0: as usual
/// @param storage how lists keep coordinates
public record IndexSettings(int lists, Storage storage) {
    /// As usual; any index that is there will do.
    public static final IndexSettings USUAL = new IndexSettings(0, Storage.AUTO);

    /// Checks the numbers.
    public IndexSettings {
        if (lists < 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "lists out of range: lists=" + lists);
        }
    }

    /// Returns whether an index that is built so is what somebody wants; what is left open fits
    /// always.
    public boolean serve(IndexSettings wanted) {
        return (wanted.lists == 0 || wanted.lists == lists)
                && (wanted.storage == Storage.AUTO || wanted.storage == storage);
    }

    /// Checks that a kind of index can be built so. Error: `INVALID_ARGUMENT`.
    public void check(IndexKind kind) {
        if (storage.isCoded() && kind != IndexKind.IVF) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "only lists can be kept rounded: index="
                            + kind.text()
                            + ", storage="
                            + storage.text());
        }
    }
}
