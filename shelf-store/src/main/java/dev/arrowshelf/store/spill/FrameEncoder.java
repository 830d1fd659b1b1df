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

    /// A Zstandard frame that says how long its content is. What hardly becomes smaller, numbers
    /// without a pattern, is stored in raw blocks: the codec would take its time over it.
    final class Zstandard implements FrameEncoder {
        private static final int SAMPLES = 8;
        private static final int SAMPLE_BYTES = 16 << 10;
        private static final int SAMPLE_LEVEL = 1;
        private static final double WORTH_IT = 0.92;

        private final Arena arena = Arena.ofConfined();
        private final MemorySegment frame =
                arena.allocate(
                        Math.max(
                                Zstd.compressBound(Frames.BYTES),
                                ZstdFrame.rawBytes(Frames.BYTES)));
        private final ZstdCompressCtx context = new ZstdCompressCtx();
        private final ZstdCompressCtx sampler = new ZstdCompressCtx();

        Zstandard(int level) {
            context.setLevel(level);
            context.setContentSize(true);
            sampler.setLevel(SAMPLE_LEVEL);
        }

        @Override
        public MemorySegment encode(MemorySegment piece) {
            if (!isWorthIt(piece)) {
                ZstdFrame.writeRaw(piece, frame);
                return frame.asSlice(0, ZstdFrame.rawBytes(piece.byteSize()));
            }
            return frame.asSlice(0, compress(context, piece));
        }

        private int compress(ZstdCompressCtx with, MemorySegment piece) {
            return with.compressDirectByteBuffer(
                    frame.asByteBuffer(),
                    0,
                    (int) frame.byteSize(),
                    piece.asByteBuffer(),
                    0,
                    (int) piece.byteSize());
        }

        private boolean isWorthIt(MemorySegment piece) {
            long stride = piece.byteSize() / SAMPLES;
            if (stride < 2 * SAMPLE_BYTES) {
                return true; // as fast as looking at samples
            }
            long stored = 0;
            for (int i = 0; i < SAMPLES; i++) {
                stored += compress(sampler, piece.asSlice(i * stride, SAMPLE_BYTES));
            }
            return stored <= WORTH_IT * SAMPLES * SAMPLE_BYTES;
        }

        @Override
        public void close() {
            sampler.close();
            context.close();
            arena.close();
        }
    }
}
