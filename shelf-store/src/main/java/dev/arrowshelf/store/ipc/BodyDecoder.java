package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;

/// Decodes one compressed buffer of an Arrow IPC body.
public final class BodyDecoder {
    private BodyDecoder() {}

    /// Returns the decoded length that the first 8 bytes of an encoded buffer claim.
    public static long decodedBytes(MemorySegment source) {
        throw new UnsupportedOperationException();
    }

    /// Decodes a whole buffer, its 8 bytes of length included, to the begin of the target.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when the bytes are damaged or do not have the length they claim
    public static void decode(Encoding encoding, MemorySegment source, MemorySegment target) {
        throw new UnsupportedOperationException();
    }
}
