package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.metadata.Codec;
import org.jspecify.annotations.Nullable;

/// How the bytes of a [CopyRange] are encoded at their source. The ordinals are those of the local
/// protocol.
public enum Encoding {
    /// Plain bytes: copy them.
    COPY,
    /// 8 bytes of decoded length, then a zstd frame.
    ZSTD,
    /// 8 bytes of decoded length, then an LZ4 frame.
    LZ4;

    /// Returns the encoding of a buffer that a codec made, or none.
    static Encoding of(@Nullable Codec codec) {
        return codec == null ? COPY : codec == Codec.ZSTD ? ZSTD : LZ4;
    }
}
