package dev.arrowshelf.store.spill;

import com.github.luben.zstd.ZstdException;
import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Writes the bytes of a segment to a file and reads them back, stored as they are or in frames of
/// 4 MiB of content, with a CRC-32 of the content.
///
/// Stateless; any thread may use it, and a few more help where there are several frames. Each has
/// one frame in memory. A compressed file is what the codec's own tools read: frames one after the
/// other.
public final class StoredBytes {
    private StoredBytes() {}

    /// Takes decoded bytes where they belong.
    @FunctionalInterface
    public interface Target {
        /// Takes a piece, valid during the call only. Pieces come in any order, from several
        /// threads, and each once.
        void write(MemorySegment bytes, long offset) throws IOException;

        /// Returns memory into which a piece is decoded instead of being written, or null.
        default @Nullable MemorySegment place(long offset, long bytes) throws IOException {
            return null;
        }
    }

    /// Writes the bytes to an empty file and returns the CRC-32 of the content.
    ///
    /// @param level of Zstandard
    public static int write(FileHandle file, MemorySegment content, SpillCodec codec, int level)
            throws IOException {
        Frames frames = new Frames(content.byteSize());
        int[] crcs = new int[frames.count()];
        write(
                file,
                frames,
                codec,
                level,
                i -> {
                    MemorySegment piece = frames.slice(content, i);
                    crcs[i] = Crc.ofPiece(piece);
                    return piece;
                });
        return frames.joined(crcs);
    }

    /// Writes the bytes to an empty file likewise; their checksum is known already.
    ///
    /// @param level of Zstandard
    public static void writeChecked(
            FileHandle file, MemorySegment content, SpillCodec codec, int level)
            throws IOException {
        Frames frames = new Frames(content.byteSize());
        write(file, frames, codec, level, i -> frames.slice(content, i));
    }

    private static void write(
            FileHandle file,
            Frames frames,
            SpillCodec codec,
            int level,
            IntFunction<MemorySegment> pieces)
            throws IOException {
        Turns turns = new Turns();
        Lanes.run(
                frames.count(),
                next -> {
                    boolean done = false;
                    try (FrameEncoder encoder = FrameEncoder.of(codec, level)) {
                        for (int i = next.get(); i < frames.count(); i = next.get()) {
                            MemorySegment frame = encoder.encode(pieces.apply(i));
                            long place = turns.place(i, frame.byteSize());
                            if (place < 0) {
                                return; // another lane failed, and tells
                            }
                            file.write(frame, place);
                        }
                        done = true;
                    } finally {
                        if (!done) {
                            turns.fail();
                        }
                    }
                });
    }

    /// Reads a file back and checks it. Before this returns, what the target got may be anything.
    ///
    /// @throws ShelfException `CORRUPT` when the content is not what was written
    public static void read(
            FileHandle file, long contentBytes, SpillCodec codec, int crc, Target target)
            throws IOException {
        if (file.size() == 0 && contentBytes > 0) {
            throw corrupt(file.path(), "bytes=%d, stored=0".formatted(contentBytes), null);
        }
        try (Region region = Region.mapReadOnly(file, file.size())) {
            read(region.segment(), file.path(), contentBytes, codec, crc, target);
        }
    }

    /// Reads back what was stored, from memory, and checks it. Before this returns, what the target
    /// got may be anything.
    ///
    /// @param path where it was stored, for the error
    /// @throws ShelfException `CORRUPT` when the content is not what was written
    public static void read(
            MemorySegment stored,
            Path path,
            long contentBytes,
            SpillCodec codec,
            int crc,
            Target target)
            throws IOException {
        Frames frames = new Frames(contentBytes);
        int seen;
        try {
            List<MemorySegment> split = FrameDecoder.split(codec, stored, frames);
            if (split.size() != frames.count()) {
                throw corrupt(
                        path,
                        "bytes=%d, stored=%d".formatted(contentBytes, stored.byteSize()),
                        null);
            }
            seen = read(split, codec, frames, target);
        } catch (ZstdException | IndexOutOfBoundsException | ArithmeticException damaged) {
            throw corrupt(path, "bytes=" + contentBytes, damaged);
        } catch (ShelfException damaged) {
            if (damaged.code() == ErrorCode.INVALID_IPC) {
                throw corrupt(path, "bytes=" + contentBytes, damaged);
            }
            throw damaged;
        }
        if (seen != crc) {
            throw corrupt(
                    path,
                    "bytes=%d, crc=%08x, expected=%08x".formatted(contentBytes, seen, crc),
                    null);
        }
    }

    private static int read(
            List<MemorySegment> stored, SpillCodec codec, Frames frames, Target target)
            throws IOException {
        int[] crcs = new int[frames.count()];
        Lanes.run(
                frames.count(),
                next -> {
                    try (FrameDecoder decoder = FrameDecoder.of(codec);
                            Scratch scratch = new Scratch()) {
                        for (int i = next.get(); i < crcs.length; i = next.get()) {
                            long at = frames.begin(i);
                            int bytes = frames.bytes(i);
                            MemorySegment place = target.place(at, bytes);
                            MemorySegment content = stored.get(i);
                            if (place != null || codec != SpillCodec.NONE) {
                                content = place == null ? scratch.of(bytes) : place;
                                decode(decoder, stored.get(i), content);
                            }
                            crcs[i] = Crc.ofPiece(content);
                            if (place == null) {
                                target.write(content, at);
                            }
                        }
                    }
                });
        return frames.joined(crcs);
    }

    private static void decode(FrameDecoder decoder, MemorySegment frame, MemorySegment content) {
        if (!decoder.decode(frame, content)) {
            throw new IndexOutOfBoundsException(
                    "frame has less content than its place: bytes=" + content.byteSize());
        }
    }

    private static ShelfException corrupt(Path file, String numbers, @Nullable Throwable cause) {
        return new ShelfException(
                ErrorCode.CORRUPT,
                "stored partition does not fit its checksum: file=" + file + ", " + numbers,
                cause);
    }

    /// Room for one frame's content, made when it is needed.
    private static final class Scratch implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private @Nullable MemorySegment room;

        MemorySegment of(int bytes) {
            MemorySegment made = room;
            if (made == null) {
                made = arena.allocate(Frames.BYTES);
                room = made;
            }
            return made.asSlice(0, bytes);
        }

        @Override
        public void close() {
            arena.close();
        }
    }
}
