package dev.arrowshelf.store.model;

/// How the bytes of a spilled or persisted partition are stored.
public enum SpillCodec {
    /// As they are: readers map them where they lie.
    NONE(0, ""),
    /// In LZ4 frames of 4 MiB of content each, one after the other.
    LZ4(1, ".lz4"),
    /// In Zstandard frames of 4 MiB of content each, one after the other.
    ZSTD(2, ".zst");

    private final int code;
    private final String suffix;

    SpillCodec(int code, String suffix) {
        this.code = code;
        this.suffix = suffix;
    }

    /// Returns the number in files.
    public int code() {
        return code;
    }

    /// Returns what file names end with, after `.arrow`.
    public String suffix() {
        return suffix;
    }

    /// Returns the codec of a number; `CORRUPT` for an unknown one.
    public static SpillCodec of(int code) {
        for (SpillCodec codec : values()) {
            if (codec.code == code) {
                return codec;
            }
        }
        throw new ShelfException(ErrorCode.CORRUPT, "unknown codec: code=" + code);
    }
}
