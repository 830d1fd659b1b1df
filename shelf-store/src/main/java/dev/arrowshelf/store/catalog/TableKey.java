package dev.arrowshelf.store.catalog;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A checked table key: non-empty UTF-8 of at most [#LIMIT_BYTES]. Equal when the bytes are.
/// Immutable.
public final class TableKey {
    /// Most bytes of a key.
    public static final int LIMIT_BYTES = 65_535;

    /// What the keys of the shelf's own tables (indexes, answers) begin with; lists leave them out.
    public static final String INTERNAL_PREFIX = "\u0001shelf/";

    private static final byte[] INTERNAL = INTERNAL_PREFIX.getBytes(StandardCharsets.UTF_8);

    private final byte[] bytes;
    private final int hash;

    private TableKey(byte[] bytes) {
        this.bytes = bytes;
        this.hash = Arrays.hashCode(bytes);
    }

    /// Checks a key and takes a copy of it.
    ///
    /// @throws ShelfException `INVALID_KEY`
    public static TableKey of(byte[] key) {
        TableKey copy = stored(key.clone());
        copy.requireUtf8();
        return copy;
    }

    /// Returns whether a key names one of the shelf's own tables.
    public static boolean isInternal(byte[] key) {
        return key.length > INTERNAL.length
                && Arrays.equals(key, 0, INTERNAL.length, INTERNAL, 0, INTERNAL.length);
    }

    /// Takes over the bytes of a key that was checked when it was put.
    static TableKey stored(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > LIMIT_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY,
                    "key is empty or too long: bytes="
                            + bytes.length
                            + ", greatest="
                            + LIMIT_BYTES);
        }
        return new TableKey(bytes);
    }

    private void requireUtf8() {
        for (byte character : bytes) {
            if (character < 0) {
                decode();
                return;
            }
        }
    }

    private void decode() {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        } catch (CharacterCodingException failure) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY, "key is not UTF-8: bytes=" + bytes.length, failure);
        }
    }

    /// Returns a copy of the bytes.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// Returns the number of bytes.
    public int length() {
        return bytes.length;
    }

    /// Returns the key as text.
    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// Returns the bytes themselves, which nobody may change.
    byte[] shared() {
        return bytes;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TableKey key && hash == key.hash && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return text();
    }
}
