package dev.arrowshelf.memory.control;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The first 16 bytes of SHA-256 of a key, as two little-endian numbers; `low` holds the first
/// eight.
public record KeyHash(long low, long high) {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /// The hash of a key's UTF-8 bytes.
    public static KeyHash of(byte[] key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
            return new KeyHash((long) LONGS.get(digest, 0), (long) LONGS.get(digest, Long.BYTES));
        } catch (NoSuchAlgorithmException missing) { // every JDK has it
            throw new AssertionError(missing);
        }
    }
}
