package dev.arrowshelf.store.ipc.layout;

import dev.arrowshelf.store.ipc.metadata.IpcFault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Where the metadata of an encapsulated message lies. Before Arrow 0.15 there was no continuation
/// marker.
///
/// @param metadataOffset where it begins
/// @param metadataBytes its length, padding included
/// @param prefixBytes bytes before it: 8, or 4 in the old format
public record MessageFrame(long metadataOffset, int metadataBytes, int prefixBytes) {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /// Reads the prefix of a message; null where the stream ends.
    public static @Nullable MessageFrame read(MemorySegment bytes, long offset) {
        if (offset < 0 || offset > bytes.byteSize() - 4) {
            throw outside(bytes, offset, 0);
        }
        int prefix = 4;
        int length = bytes.get(INT, offset);
        if (length == PlacedMessage.CONTINUATION) {
            prefix = PlacedMessage.PREFIX_BYTES;
            if (offset > bytes.byteSize() - prefix) {
                throw outside(bytes, offset, 0);
            }
            length = bytes.get(INT, offset + 4);
        }
        if (length == 0) {
            return null;
        }
        if (length < 0 || length > bytes.byteSize() - offset - prefix) {
            throw outside(bytes, offset, length);
        }
        return new MessageFrame(offset + prefix, length, prefix);
    }

    private static RuntimeException outside(MemorySegment bytes, long offset, int length) {
        return IpcFault.invalid(
                "message lies outside its stream or file: offset="
                        + offset
                        + ", metadataBytes="
                        + length
                        + ", bytes="
                        + bytes.byteSize());
    }

    /// Returns the metadata as a slice.
    public MemorySegment metadata(MemorySegment bytes) {
        return bytes.asSlice(metadataOffset, metadataBytes);
    }

    /// Returns bytes of prefix and metadata.
    public long headBytes() {
        return (long) prefixBytes + metadataBytes;
    }
}
