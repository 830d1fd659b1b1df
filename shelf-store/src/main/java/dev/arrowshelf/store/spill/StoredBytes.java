package dev.arrowshelf.store.spill;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.ipc.codec.Lz4Encoder;
import dev.arrowshelf.store.ipc.codec.Lz4Frame;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Writes the bytes of a segment to a file and reads them back, stored as they are or in frames of
/// 4 MiB of content, with a CRC-32 of the content.
///
/// Stateless; any thread may use it. A compressed file is what the codec's own tools read: frames
/// one after the other.
public final class StoredBytes {
    private static final int FRAME_BYTES = 4 << 20;
    private static final int STEP_BYTES = 8 << 20;

    private StoredBytes() {}

    /// Takes decoded bytes where they belong.
    @FunctionalInterface
    public interface Target {
        /// Takes them; they are valid during the call only.
        void write(MemorySegment bytes, long offset) throws IOException;
    }

    /// Writes the bytes to an empty file and returns the CRC-32 of the content.
    ///
    /// @param level of Zstandard
    public static int write(FileHandle file, MemorySegment content, SpillCodec codec, int level)
            throws IOException {
        return switch (codec) {
            case NONE -> copy(file, content);
            case LZ4 -> lz4(file, content);
            case ZSTD -> zstd(file, content, level);
        };
    }

    private static int copy(FileHandle file, MemorySegment content) throws IOException {
        CRC32 crc = new CRC32();
        for (long done = 0; done < content.byteSize(); done += STEP_BYTES) {
            long step = Math.min(STEP_BYTES, content.byteSize() - done);
            MemorySegment piece = content.asSlice(done, step);
            crc.update(piece.asByteBuffer());
            file.write(piece, done);
        }
        return (int) crc.getValue();
    }

    private static int zstd(FileHandle file, MemorySegment content, int level) throws IOException {
        CRC32 crc = new CRC32();
        long bound = Zstd.compressBound(FRAME_BYTES);
        try (Arena arena = Arena.ofConfined();
                ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setLevel(level);
            context.setContentSize(true);
            MemorySegment frame = arena.allocate(bound);
            ByteBuffer target = frame.asByteBuffer();
            long written = 0;
            for (long done = 0; done < content.byteSize(); done += FRAME_BYTES) {
                int step = (int) Math.min(FRAME_BYTES, content.byteSize() - done);
                ByteBuffer source = content.asSlice(done, step).asByteBuffer();
                crc.update(source.duplicate());
                int bytes =
                        context.compressDirectByteBuffer(
                                target, 0, target.capacity(), source, 0, step);
                file.write(frame.asSlice(0, bytes), written);
                written += bytes;
            }
        }
        return (int) crc.getValue();
    }

    private static int lz4(FileHandle file, MemorySegment content) throws IOException {
        CRC32 crc = new CRC32();
        Lz4Encoder encoder = new Lz4Encoder();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment frame = arena.allocate(Lz4Encoder.bound(FRAME_BYTES));
            long written = 0;
            for (long done = 0; done < content.byteSize(); done += FRAME_BYTES) {
                MemorySegment piece =
                        content.asSlice(done, Math.min(FRAME_BYTES, content.byteSize() - done));
                crc.update(piece.asByteBuffer());
                long bytes = encoder.encode(piece, frame);
                file.write(frame.asSlice(0, bytes), written);
                written += bytes;
            }
        }
        return (int) crc.getValue();
    }

    /// Reads a file back, in order, and checks it.
    ///
    /// @throws ShelfException `CORRUPT` when the content is not what was written
    public static void read(
            FileHandle file, long contentBytes, SpillCodec codec, int crc, Target target)
            throws IOException {
        CRC32 seen = new CRC32();
        long done = 0;
        try (Region region = Region.mapReadOnly(file, file.size())) {
            MemorySegment stored = region.segment();
            done =
                    switch (codec) {
                        case NONE -> plain(stored, contentBytes, seen, target);
                        case ZSTD -> zstdFrames(stored, contentBytes, seen, target);
                        case LZ4 -> lz4Frames(stored, contentBytes, seen, target);
                    };
        } catch (ZstdException | IndexOutOfBoundsException | ArithmeticException damaged) {
            throw corrupt(file, "bytes=" + contentBytes, damaged);
        } catch (ShelfException damaged) {
            if (damaged.code() == ErrorCode.INVALID_IPC) {
                throw corrupt(file, "bytes=" + contentBytes, damaged);
            }
            throw damaged;
        }
        if (done != contentBytes || (int) seen.getValue() != crc) {
            throw corrupt(
                    file,
                    "bytes=%d, read=%d, crc=%08x, expected=%08x"
                            .formatted(contentBytes, done, (int) seen.getValue(), crc),
                    null);
        }
    }

    private static long plain(MemorySegment stored, long bytes, CRC32 crc, Target target)
            throws IOException {
        if (stored.byteSize() != bytes) {
            return stored.byteSize();
        }
        for (long done = 0; done < bytes; done += STEP_BYTES) {
            MemorySegment piece = stored.asSlice(done, Math.min(STEP_BYTES, bytes - done));
            crc.update(piece.asByteBuffer());
            target.write(piece, done);
        }
        return bytes;
    }

    private static long zstdFrames(MemorySegment stored, long bytes, CRC32 crc, Target target)
            throws IOException {
        long at = 0;
        long done = 0;
        try (Arena arena = Arena.ofConfined();
                ZstdDecompressCtx context = new ZstdDecompressCtx()) {
            MemorySegment content = arena.allocate(FRAME_BYTES);
            ByteBuffer decoded = content.asByteBuffer();
            while (at < stored.byteSize() && done < bytes) {
                long left = stored.byteSize() - at;
                ByteBuffer rest =
                        stored.asSlice(at, Math.min(left, Integer.MAX_VALUE)).asByteBuffer();
                int frame = ZstdFrame.bytes(stored.asSlice(at));
                int count =
                        context.decompressDirectByteBuffer(decoded, 0, FRAME_BYTES, rest, 0, frame);
                MemorySegment piece = content.asSlice(0, count);
                crc.update(piece.asByteBuffer());
                target.write(piece, done);
                at += frame;
                done += count;
            }
        }
        return at == stored.byteSize() ? done : -1;
    }

    private static long lz4Frames(MemorySegment stored, long bytes, CRC32 crc, Target target)
            throws IOException {
        long at = 0;
        long done = 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment content = arena.allocate(FRAME_BYTES);
            while (at < stored.byteSize() && done < bytes) {
                MemorySegment rest = stored.asSlice(at);
                int frame = Lz4Encoder.frameBytes(rest);
                MemorySegment piece = content.asSlice(0, Math.min(FRAME_BYTES, bytes - done));
                Lz4Frame.decode(rest.asSlice(0, frame), piece);
                crc.update(piece.asByteBuffer());
                target.write(piece, done);
                at += frame;
                done += piece.byteSize();
            }
        }
        return at == stored.byteSize() ? done : -1;
    }

    private static ShelfException corrupt(
            FileHandle file, String numbers, @Nullable Throwable cause) {
        return new ShelfException(
                ErrorCode.CORRUPT,
                "stored partition does not fit its checksum: file=" + file.path() + ", " + numbers,
                cause);
    }
}
