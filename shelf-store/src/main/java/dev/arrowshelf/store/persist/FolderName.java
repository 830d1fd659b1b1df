package dev.arrowshelf.store.persist;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

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

    /// Returns the key that a folder's name tells; empty for a name that is no key's, or only its
    /// digest.
    static Optional<String> key(String folder) {
        byte[] bytes = new byte[folder.length()];
        int count = 0;
        for (int at = 0; at < folder.length(); at++) {
            char each = folder.charAt(at);
            if (each != '%') {
                bytes[count++] = (byte) each;
            } else if (at + 2 < folder.length()
                    && HexFormat.isHexDigit(folder.charAt(at + 1))
                    && HexFormat.isHexDigit(folder.charAt(at + 2))) {
                bytes[count++] = (byte) HexFormat.fromHexDigits(folder, at + 1, at + 3);
                at += 2;
            } else {
                return Optional.empty();
            }
        }
        String key = new String(bytes, 0, count, StandardCharsets.UTF_8);
        return of(key).equals(folder) ? Optional.of(key) : Optional.empty();
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
