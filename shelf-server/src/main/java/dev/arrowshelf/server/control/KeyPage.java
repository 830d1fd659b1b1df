package dev.arrowshelf.server.control;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// As many keys as go into one reply.
///
/// @param keys in no order when they are all there are, else in the order of their bytes
/// @param more whether keys are left for the next page
record KeyPage(List<byte[]> keys, boolean more) {
    /// What a reply has besides keys, with some room to spare.
    private static final int ROOM_BYTES = 64;

    /// Makes a page of the keys behind another.
    ///
    /// @param after last key of the page before; null for the first page
    static KeyPage of(List<byte[]> all, byte @Nullable [] after) {
        return of(all, after, ControlConnection.FRAME_LIMIT - ROOM_BYTES);
    }

    /// @param mostBytes of a page, at least one key
    static KeyPage of(List<byte[]> all, byte @Nullable [] after, long mostBytes) {
        if (after == null && bytes(all) <= mostBytes) {
            return new KeyPage(all, false);
        }
        List<byte[]> sorted = new ArrayList<>(all);
        sorted.sort(Arrays::compareUnsigned);
        int from = 0;
        while (after != null
                && from < sorted.size()
                && Arrays.compareUnsigned(sorted.get(from), after) <= 0) {
            from++;
        }
        int to = from;
        long bytes = 0;
        while (to < sorted.size() && (to == from || bytes + bytes(sorted.get(to)) <= mostBytes)) {
            bytes += bytes(sorted.get(to++));
        }
        return new KeyPage(sorted.subList(from, to), to < sorted.size());
    }

    private static long bytes(List<byte[]> keys) {
        return keys.stream().mapToLong(KeyPage::bytes).sum();
    }

    private static long bytes(byte[] key) {
        return (long) Integer.BYTES + key.length;
    }
}
