package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Arrays;
import java.util.stream.Collectors;

/// How the lists of an index keep coordinates. What rounds is measured again from the table's own
/// values, so distances stay right; recall is measured with it.
public enum Storage {
    /// As it is; floats of 32 bits for a new index.
    AUTO("auto", -1, 0),
    /// As searched.
    FLOAT32("float32", 0, Float.BYTES),
    /// Half the room: floats of 16 bits, relative to the centre of the list.
    FLOAT16("float16", 1, Short.BYTES),
    /// A quarter of the room: whole numbers of 8 bits, steps from the centre of the list.
    INT8("int8", 2, Byte.BYTES);

    private final String text;
    private final int code;
    private final int bytes;

    Storage(String text, int code, int bytes) {
        this.text = text;
        this.code = code;
        this.bytes = bytes;
    }

    /// Returns the name that users write.
    public String text() {
        return text;
    }

    /// Returns the number in stored indexes.
    public int code() {
        return code;
    }

    /// Returns the bytes of a coordinate.
    public int bytes() {
        return bytes;
    }

    /// Returns whether coordinates are rounded.
    public boolean isCoded() {
        return this == FLOAT16 || this == INT8;
    }

    /// Returns the storage of a name. Error: `INVALID_ARGUMENT`.
    public static Storage parse(String name) {
        for (Storage storage : values()) {
            if (storage.text.equals(name)) {
                return storage;
            }
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "unknown storage: storage="
                        + name
                        + ", known="
                        + Arrays.stream(values())
                                .map(Storage::text)
                                .collect(Collectors.joining(" ")));
    }
}
