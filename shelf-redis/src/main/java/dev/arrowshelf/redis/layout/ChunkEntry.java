package dev.arrowshelf.redis.layout;

/// What a manifest says of one value.
///
/// @param bytes its length
/// @param crc CRC-32C of it
/// @param rows rows of the batches that begin in it
public record ChunkEntry(long bytes, int crc, long rows) {}
