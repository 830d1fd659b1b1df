package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/// A value that a read has to fetch.
///
/// @param key as text
/// @param part its partition; of the head -1
/// @param number its number in the partition
/// @param bytes its length
/// @param crc its checksum; empty where nothing says so
public record ChunkRef(String key, long part, int number, long bytes, OptionalInt crc) {
    byte[] keyBytes() {
        return key.getBytes(StandardCharsets.UTF_8);
    }

    /// Checks what was fetched, with its checksum where one is stated.
    ///
    /// @throws ShelfException INCOMPLETE or CORRUPT, with the key
    public void check(RedisLink.Arrived value) {
        long length = value.bytes();
        if (length < 0) {
            throw new ShelfException(ErrorCode.INCOMPLETE, "chunk is missing: key=" + key);
        }
        if (length != bytes) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "chunk has another length than was stated: key="
                            + key
                            + ", bytes="
                            + length
                            + ", stated="
                            + bytes);
        }
        if (crc.isPresent() && value.crc() != crc.getAsInt()) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "chunk has another checksum than was stated: key=" + key + ", bytes=" + length);
        }
    }
}
