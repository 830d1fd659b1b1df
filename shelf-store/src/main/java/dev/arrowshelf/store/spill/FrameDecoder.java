package dev.arrowshelf.store.spill;

import com.github.luben.zstd.ZstdDecompressCtx;
import dev.arrowshelf.store.ipc.codec.Lz4Encoder;
import dev.arrowshelf.store.ipc.codec.Lz4Frame;
import dev.arrowshelf.store.model.SpillCodec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Makes content out of frames. For one thread.
///
/// Errors of damaged frames are those of the codecs; [StoredBytes] makes `CORRUPT` of them.
sealed interface FrameDecoder extends AutoCloseable {
    /// Fills the target with the content of a frame; false when it has less than that.
    boolean decode(MemorySegment frame, MemorySegment target);

    @Override
    void close();

    static FrameDecoder of(SpillCodec codec) {
        return switch (codec) {
            case NONE -> new Plain();
            case LZ4 -> new Lz4();
            case ZSTD -> new Zstandard();
        };
    }

    /// Finds the frames in what is stored: as many as the content has, and nothing behind them;
    /// empty when there are others.
    static List<MemorySegment> split(SpillCodec codec, MemorySegment stored, Frames frames) {
        List<MemorySegment> found = new ArrayList<>(frames.count());
        long at = 0;
        for (int i = 0; i < frames.count() && at < stored.byteSize(); i++) {
            MemorySegment rest = stored.asSlice(at);
            int bytes =
                    switch (codec) {
                        case NONE -> frames.bytes(i);
                        case LZ4 -> Lz4Encoder.frameBytes(rest);
                        case ZSTD -> ZstdFrame.bytes(rest);
                    };
            found.add(rest.asSlice(0, bytes));
            at += bytes;
        }
        boolean whole = found.size() == frames.count() && at == stored.byteSize();
        return whole ? found : List.of();
    }

    /// The content itself.
    record Plain() implements FrameDecoder {
        @Override
        public boolean decode(MemorySegment frame, MemorySegment target) {
            MemorySegment.copy(frame, 0, target, 0, target.byteSize());
            return frame.byteSize() == target.byteSize();
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    /// LZ4 frames.
    record Lz4() implements FrameDecoder {
        @Override
        public boolean decode(MemorySegment frame, MemorySegment target) {
            Lz4Frame.decode(frame, target);
            return true;
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    /// Zstandard frames.
    final class Zstandard implements FrameDecoder {
        private final ZstdDecompressCtx context = new ZstdDecompressCtx();

        @Override
        public boolean decode(MemorySegment frame, MemorySegment target) {
            int bytes =
                    context.decompressDirectByteBuffer(
                            target.asByteBuffer(),
                            0,
                            (int) target.byteSize(),
                            frame.asByteBuffer(),
                            0,
                            (int) frame.byteSize());
            return bytes == target.byteSize();
        }

        @Override
        public void close() {
            context.close();
        }
    }
}
