package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Arrays;
import java.util.stream.Collectors;

/// How a search finds what is near. The number is part of the stored format.
public enum IndexKind {
    /// Left to the search, which says what it took and why. Never stored.
    AUTO("auto", 0),
    /// A look at every row. Never stored.
    EXACT("exact", 1),
    /// A k-d tree: exact, for few dimensions.
    KD_TREE("kd", 2),
    /// Lists around trained centres, of which the nearest are searched: approximate.
    IVF("ivf", 3),
    /// A graph of near neighbours in layers: approximate.
    HNSW("hnsw", 4);

    private final String text;
    private final int code;

    IndexKind(String text, int code) {
        this.text = text;
        this.code = code;
    }

    /// Returns the name users write.
    public String text() {
        return text;
    }

    /// Returns the number in stored indexes.
    public int code() {
        return code;
    }

    /// Returns the kind of a name. Error: `INVALID_ARGUMENT`.
    public static IndexKind parse(String text) {
        for (IndexKind kind : values()) {
            if (kind.text.equals(text)) {
                return kind;
            }
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "unknown index: index="
                        + text
                        + ", known="
                        + Arrays.stream(values())
                                .map(IndexKind::text)
                                .collect(Collectors.joining(" ")));
    }
}
