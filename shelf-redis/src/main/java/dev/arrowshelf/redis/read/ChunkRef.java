package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.layout.Checksum;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
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

    /// Checks what was fetched.
    ///
    /// @param length of the value in Redis, or [dev.arrowshelf.redis.link.RedisLink#MISSING]
    /// @throws ShelfException INCOMPLETE or CORRUPT, with the key
    public void check(long length, MemorySegment value) {
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
        if (crc.isPresent() && Checksum.of(value) != crc.getAsInt()) {
            throw new ShelfException(
                    ErrorCode.CORRUPT,
                    "chunk has another checksum than was stated: key=" + key + ", bytes=" + length);
        }
    }
}
