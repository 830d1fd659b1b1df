package dev.arrowshelf.redis.tier;

import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The keys of a tier's tables. docs/spec/redis-layout.md, section 6.
///
/// @param prefix of the tier
record TierKeys(String prefix) {
    private static final int MOST_PREFIX_BYTES = 128;
    private static final int MOST_NAME_CHARACTERS = 256;
    private static final String MANIFEST = ":manifest";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /// Checks the prefix.
    TierKeys {
        new DataSetKeys(prefix).requireFit(Layout.TIER);
        int bytes = prefix.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MOST_PREFIX_BYTES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "prefix of a tier is too long: bytes="
                            + bytes
                            + ", greatest="
                            + MOST_PREFIX_BYTES);
        }
    }

    /// Returns the keys of a table.
    DataSetKeys of(String name) {
        return new DataSetKeys(prefix + ':' + encoded(name));
    }

    /// Returns a pattern that all manifests match.
    byte[] manifests() {
        return (DataSetKeys.escaped(prefix) + ":*" + MANIFEST).getBytes(StandardCharsets.UTF_8);
    }

    private static String encoded(String name) {
        StringBuilder text = new StringBuilder();
        for (byte each : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain =
                    (each >= 'a' && each <= 'z')
                            || (each >= 'A' && each <= 'Z')
                            || (each >= '0' && each <= '9')
                            || each == '_'
                            || each == '-'
                            || each == '.';
            if (plain) {
                text.append((char) each);
            } else {
                text.append('%').append(HEX.toHexDigits(each));
            }
        }
        return text.length() <= MOST_NAME_CHARACTERS ? text.toString() : "%sha256-" + digest(name);
    }

    private static String digest(String name) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(name.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }
}
