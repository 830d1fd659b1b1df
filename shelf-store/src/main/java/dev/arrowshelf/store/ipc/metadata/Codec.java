package dev.arrowshelf.store.ipc.metadata;

/// How the buffers of a compressed body are encoded.
public enum Codec {
    /// LZ4 frames.
    LZ4_FRAME,
    /// Zstandard frames.
    ZSTD;

    /// Bytes of decoded length before each frame.
    public static final int PREFIX_BYTES = 8;
}
