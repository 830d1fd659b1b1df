package dev.arrowshelf.store.persist;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The name of a table's folder: its key, with everything but letters, digits, `_`, `-` and inner
/// dots as `%` and two hexadecimal digits; long ones by their SHA-256.
final class FolderName {
    private static final int MOST = 200;
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private FolderName() {}

    static String of(String key) {
        StringBuilder name = new StringBuilder();
        for (byte each : key.getBytes(StandardCharsets.UTF_8)) {
            boolean plain =
                    (each >= 'a' && each <= 'z')
                            || (each >= 'A' && each <= 'Z')
                            || (each >= '0' && each <= '9')
                            || each == '_'
                            || each == '-'
                            || (each == '.' && !name.isEmpty());
            if (plain) {
                name.append((char) each);
            } else {
                name.append('%').append(HEX.toHexDigits(each));
            }
        }
        return name.length() <= MOST ? name.toString() : "%sha256-" + digest(key);
    }

    private static String digest(String key) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HEX.formatHex(digest.digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java has SHA-256", missing);
        }
    }
}
