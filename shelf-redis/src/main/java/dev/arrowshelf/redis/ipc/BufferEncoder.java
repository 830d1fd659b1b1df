package dev.arrowshelf.redis.ipc;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.arrowshelf.store.ipc.codec.Lz4Encoder;
import dev.arrowshelf.store.ipc.metadata.Codec;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Compresses buffers of Arrow IPC bodies: 8 bytes of decoded length, then a frame; -1 and the
/// bytes as they are where compressing gains nothing. For one thread; owns native memory until
/// [#close].
public final class BufferEncoder implements AutoCloseable {
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long AS_IT_IS = -1;
    private static final int ZSTD_LEVEL = 1;

    private final Compression compression;
    private final ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(ZSTD_LEVEL);
    private final Lz4Encoder lz4 = new Lz4Encoder();

    /// Makes an encoder for one compression.
    public BufferEncoder(Compression compression) {
        this.compression = compression;
    }

    /// Returns what it makes.
    public Compression compression() {
        return compression;
    }

    /// Returns the most bytes that a buffer may take encoded.
    public long bound(long bytes) {
        return switch (compression) {
            case NONE -> bytes;
            case ZSTD -> bytes == 0 ? 0 : Codec.PREFIX_BYTES + Zstd.compressBound(bytes);
            case LZ4 -> bytes == 0 ? 0 : Codec.PREFIX_BYTES + Lz4Encoder.bound(bytes);
        };
    }

    /// Encodes a buffer of native memory to the begin of the target, which has room for [#bound]
    /// bytes, and returns its length there. An empty buffer stays empty.
    public long encode(MemorySegment buffer, MemorySegment target) {
        long bytes = buffer.byteSize();
        if (compression == Compression.NONE || bytes == 0) {
            MemorySegment.copy(buffer, 0, target, 0, bytes);
            return bytes;
        }
        MemorySegment frame = target.asSlice(Codec.PREFIX_BYTES);
        long length =
                compression == Compression.ZSTD ? zstd(buffer, frame) : lz4.encode(buffer, frame);
        if (length >= bytes) {
            target.set(LONG, 0, AS_IT_IS);
            MemorySegment.copy(buffer, 0, frame, 0, bytes);
            return Codec.PREFIX_BYTES + bytes;
        }
        target.set(LONG, 0, bytes);
        return Codec.PREFIX_BYTES + length;
    }

    private long zstd(MemorySegment buffer, MemorySegment frame) {
        return zstd.compressDirectByteBuffer(
                frame.asByteBuffer(),
                0,
                (int) Math.min(frame.byteSize(), Integer.MAX_VALUE),
                buffer.asByteBuffer(),
                0,
                Math.toIntExact(buffer.byteSize()));
    }

    @Override
    public void close() {
        zstd.close();
    }
}
