package dev.arrowshelf.store.ipc;

/// How the bytes of a [CopyRange] are encoded at their source. The ordinals are those of the local
/// protocol.
public enum Encoding {
    /// Plain bytes: copy them.
    COPY,
    /// 8 bytes of decoded length, then a zstd frame.
    ZSTD,
    /// 8 bytes of decoded length, then an LZ4 frame.
    LZ4
}
