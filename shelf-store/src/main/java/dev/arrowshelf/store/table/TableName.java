package dev.arrowshelf.store.table;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Names of tables: text for people, UTF-8 keys on the shelf.
public final class TableName {
    /// Most bytes of a name in UTF-8.
    public static final int MOST_BYTES = 65_535;

    private TableName() {}

    /// Returns the key of a name. Error: `INVALID_KEY` when it is empty, too long or not Unicode
    /// text.
    public static byte[] toKey(String name) {
        byte[] key;
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
            key = new byte[encoded.remaining()];
            encoded.get(key);
        } catch (CharacterCodingException unpaired) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY,
                    "name is not Unicode text: characters=" + name.length(),
                    unpaired);
        }
        if (key.length == 0 || key.length > MOST_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY,
                    "name has a wrong length: bytes="
                            + key.length
                            + ", least=1, greatest="
                            + MOST_BYTES);
        }
        return key;
    }

    /// Returns the name of a key that is on a shelf.
    public static String ofKey(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }
}
