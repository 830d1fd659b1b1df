package dev.arrowshelf.store.ipc;

/// One step of a plan: bytes of a message's body and the place in the segment they go to.
///
/// @param sourcePosition position among the body bytes of a request
/// @param bytes bytes at the source, for an encoded range including the 8 bytes of decoded length
/// @param targetOffset offset in the segment, a multiple of 64
/// @param encoding what to do with the bytes on the way
public record CopyRange(long sourcePosition, long bytes, long targetOffset, Encoding encoding) {
    public CopyRange {
        if (sourcePosition < 0 || bytes <= 0 || targetOffset < 0) {
            throw new IllegalArgumentException(
                    "copy range is not one: sourcePosition="
                            + sourcePosition
                            + ", bytes="
                            + bytes
                            + ", targetOffset="
                            + targetOffset);
        }
    }
}
