package dev.arrowshelf.store.ipc;

import java.lang.foreign.MemorySegment;

/// One encapsulated Arrow IPC message without its body: the flatbuffer `Message` (no continuation
/// marker, no length) and how many body bytes go with it. Nothing is checked here; [IpcSchema] and
/// [SegmentComposer] check what they are given.
///
/// Memory: `metadata` is borrowed from whoever made the message.
///
/// @param metadata the flatbuffer, padding included
/// @param bodyBytes bytes of the body that follows the metadata
public record IpcMessage(MemorySegment metadata, long bodyBytes) {
    public IpcMessage {
        if (bodyBytes < 0) {
            throw new IllegalArgumentException("body bytes are negative: bodyBytes=" + bodyBytes);
        }
    }
}
