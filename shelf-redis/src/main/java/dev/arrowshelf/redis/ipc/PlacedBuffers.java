package dev.arrowshelf.redis.ipc;

/// Where buffers lie in a body, and how they are encoded. Immutable; takes the arrays over.
public final class PlacedBuffers {
    private final long[] offsets;
    private final long[] lengths;
    private final long bodyBytes;
    private final Compression compression;

    /// @param offsets begin of each buffer
    /// @param lengths length of each buffer, encoded
    public PlacedBuffers(long[] offsets, long[] lengths, long bodyBytes, Compression compression) {
        if (offsets.length != lengths.length) {
            throw new IllegalArgumentException(
                    "offsets and lengths differ in number: offsets="
                            + offsets.length
                            + ", lengths="
                            + lengths.length);
        }
        this.offsets = offsets;
        this.lengths = lengths;
        this.bodyBytes = bodyBytes;
        this.compression = compression;
    }

    int count() {
        return offsets.length;
    }

    long offset(int buffer) {
        return offsets[buffer];
    }

    long length(int buffer) {
        return lengths[buffer];
    }

    /// Returns the length of the body.
    long bodyBytes() {
        return bodyBytes;
    }

    /// Returns how the buffers are encoded.
    Compression compression() {
        return compression;
    }
}
