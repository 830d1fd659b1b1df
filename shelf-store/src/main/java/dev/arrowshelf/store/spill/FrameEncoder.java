package dev.arrowshelf.store.spill;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.arrowshelf.store.ipc.codec.Lz4Encoder;
import dev.arrowshelf.store.model.SpillCodec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Makes frames out of content, one after the other. For one thread.
sealed interface FrameEncoder extends AutoCloseable {
    /// Returns the frame of at most [Frames#BYTES]; valid until the next call.
    MemorySegment encode(MemorySegment piece);

    @Override
    void close();

    /// Returns one of a codec.
    ///
    /// @param level of Zstandard
    static FrameEncoder of(SpillCodec codec, int level) {
        return switch (codec) {
            case NONE -> new Plain();
            case LZ4 -> new Lz4();
            case ZSTD -> new Zstandard(level);
        };
    }

    /// The content itself.
    record Plain() implements FrameEncoder {
        @Override
        public MemorySegment encode(MemorySegment piece) {
            return piece;
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    /// An LZ4 frame.
    final class Lz4 implements FrameEncoder {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment frame = arena.allocate(Lz4Encoder.bound(Frames.BYTES));
        private final Lz4Encoder encoder = new Lz4Encoder();

        @Override
        public MemorySegment encode(MemorySegment piece) {
            return frame.asSlice(0, encoder.encode(piece, frame));
        }

        @Override
        public void close() {
            arena.close();
        }
    }

    /// A Zstandard frame that says how long its content is.
    final class Zstandard implements FrameEncoder {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment frame = arena.allocate(Zstd.compressBound(Frames.BYTES));
        private final ZstdCompressCtx context = new ZstdCompressCtx();

        Zstandard(int level) {
            context.setLevel(level);
            context.setContentSize(true);
        }

        @Override
        public MemorySegment encode(MemorySegment piece) {
            int bytes =
                    context.compressDirectByteBuffer(
                            frame.asByteBuffer(),
                            0,
                            (int) frame.byteSize(),
                            piece.asByteBuffer(),
                            0,
                            (int) piece.byteSize());
            return frame.asSlice(0, bytes);
        }

        @Override
        public void close() {
            context.close();
            arena.close();
        }
    }
}
