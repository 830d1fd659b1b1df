package dev.arrowshelf.store.ipc;

/// A message of a stream, segment or slab payload together with the place of its body.
///
/// @param message metadata and body length
/// @param bodyOffset where the body begins, counted from the begin of the memory that was scanned
public record LocatedMessage(IpcMessage message, long bodyOffset) {
    public LocatedMessage {
        if (bodyOffset < 0) {
            throw new IllegalArgumentException("body offset is negative: bodyOffset=" + bodyOffset);
        }
    }
}
