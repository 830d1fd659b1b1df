package dev.arrowshelf.store.ipc;

import com.github.luben.zstd.Zstd;
import dev.arrowshelf.store.ipc.codec.Lz4Frame;
import dev.arrowshelf.store.ipc.metadata.Codec;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteOrder;

/// Decodes one compressed buffer of an Arrow IPC body: 8 bytes of decoded length, then a frame.
/// Stateless and safe for use by several threads.
public final class BodyDecoder {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BodyDecoder() {}

    /// Returns the decoded length that the first 8 bytes of an encoded buffer state; -1 means that
    /// what follows is not encoded.
    public static long decodedBytes(MemorySegment source) {
        if (source.byteSize() < Codec.PREFIX_BYTES) {
            throw IpcFault.invalid("compressed buffer has no length: bytes=" + source.byteSize());
        }
        return source.get(LONG, 0);
    }

    /// Decodes a whole buffer, its 8 bytes of length included, to the begin of the target. Writes
    /// nothing behind the decoded bytes.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when the bytes are damaged or
    ///   do not have the length they state
    public static void decode(Encoding encoding, MemorySegment source, MemorySegment target) {
        if (encoding == Encoding.COPY) {
            MemorySegment.copy(source, 0, target, 0, source.byteSize());
            return;
        }
        long decoded = decodedBytes(source);
        if (decoded < 0 || decoded > target.byteSize()) {
            throw IpcFault.invalid(
                    "compressed buffer states an impossible length: stated="
                            + decoded
                            + ", room="
                            + target.byteSize());
        }
        MemorySegment frame = source.asSlice(Codec.PREFIX_BYTES);
        MemorySegment place = target.asSlice(0, decoded);
        if (encoding == Encoding.LZ4) {
            Lz4Frame.decode(frame, place);
        } else {
            zstd(frame, place);
        }
    }

    private static void zstd(MemorySegment frame, MemorySegment place) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from =
                    frame.isNative() ? frame : arena.allocate(frame.byteSize()).copyFrom(frame);
            MemorySegment to = place.isNative() ? place : arena.allocate(place.byteSize());
            long result = decompress(from, to);
            if (Zstd.isError(result)) {
                throw IpcFault.invalid(
                        "zstd frame is damaged: error="
                                + Zstd.getErrorName(result)
                                + ", bytes="
                                + frame.byteSize());
            }
            if (result != place.byteSize()) {
                throw IpcFault.invalid(
                        "zstd frame does not have the stated length: decoded="
                                + result
                                + ", stated="
                                + place.byteSize());
            }
            if (!place.isNative()) {
                place.copyFrom(to);
            }
        }
    }

    private static long decompress(MemorySegment from, MemorySegment to) {
        try {
            return Zstd.decompressUnsafe(
                    to.address(), to.byteSize(), from.address(), from.byteSize());
        } finally {
            Reference.reachabilityFence(from);
            Reference.reachabilityFence(to);
        }
    }
}
