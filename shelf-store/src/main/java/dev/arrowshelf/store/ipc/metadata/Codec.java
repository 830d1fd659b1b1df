package dev.arrowshelf.store.ipc.metadata;

/// How the buffers of a compressed body are encoded.
public enum Codec {
    /// LZ4 frames.
    LZ4_FRAME,
    /// Zstandard frames.
    ZSTD
}
