package dev.arrowshelf.store.ipc.codec;

import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Decodes one LZ4 frame straight into its place. Blocks may refer to earlier ones: they lie before
/// them in the target.
///
/// ```
/// frame   magic, descriptor (flags, block size, content size?, dictionary id?, hash), blocks, end mark, content checksum?
/// block   length with "stored" bit, sequences, block checksum?
/// ```
///
/// Little-endian. Damaged frames end in INVALID_IPC; nothing is written outside the target.
public final class Lz4Frame {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int MAGIC = 0x184D2204;
    private static final int VERSION_MASK = 0xC0;
    private static final int VERSION = 0x40;
    private static final int BLOCK_CHECKSUM = 0x10;
    private static final int CONTENT_SIZE = 0x08;
    private static final int CONTENT_CHECKSUM = 0x04;
    private static final int DICTIONARY_ID = 0x01;
    private static final int STORED = 0x8000_0000;

    private final MemorySegment source;
    private final MemorySegment target;
    private long at;
    private int flags;

    private Lz4Frame(MemorySegment source, MemorySegment target) {
        this.source = source;
        this.target = target;
    }

    /// Decodes the frame that begins the source; it must fill the target exactly.
    public static void decode(MemorySegment source, MemorySegment target) {
        new Lz4Frame(source, target).frame();
    }

    private void frame() {
        header();
        long decoded = 0;
        for (int block = nextInt(); block != 0; block = nextInt()) {
            int length = block & ~STORED;
            if (length > source.byteSize() - at) {
                throw damaged("block is cut off: blockBytes=" + length);
            }
            decoded =
                    block < 0
                            ? stored(length, decoded)
                            : new Lz4Block(source, at, at + length, target).decode(decoded);
            at += length;
            if ((flags & BLOCK_CHECKSUM) != 0
                    && nextInt() != XxHash32.hash(source, at - 4 - length, at - 4)) {
                throw damaged("checksum of a block is wrong");
            }
        }
        if (decoded != target.byteSize()) {
            throw damaged(
                    "decoded length is not the stated one: decoded="
                            + decoded
                            + ", stated="
                            + target.byteSize());
        }
        if ((flags & CONTENT_CHECKSUM) != 0 && nextInt() != XxHash32.hash(target, 0, decoded)) {
            throw damaged("checksum is wrong");
        }
    }

    private void header() {
        if (nextInt() != MAGIC) {
            throw damaged("magic is wrong");
        }
        long descriptor = at;
        flags = nextByte();
        nextByte();
        if ((flags & VERSION_MASK) != VERSION || (flags & DICTIONARY_ID) != 0) {
            throw damaged("flags are not supported: flags=" + flags);
        }
        if ((flags & CONTENT_SIZE) != 0) {
            require(8);
            long stated = source.get(LONG, at);
            at += 8;
            if (stated != target.byteSize()) {
                throw damaged("content size is not the stated length: size=" + stated);
            }
        }
        int hash = XxHash32.hash(source, descriptor, at) >>> 8 & 0xff;
        if (nextByte() != hash) {
            throw damaged("checksum of the header is wrong");
        }
    }

    private long stored(int length, long decoded) {
        if (length > target.byteSize() - decoded) {
            throw damaged("block decodes to more than the stated length: blockBytes=" + length);
        }
        MemorySegment.copy(source, at, target, decoded, length);
        return decoded + length;
    }

    private int nextInt() {
        require(4);
        int value = source.get(INT, at);
        at += 4;
        return value;
    }

    private int nextByte() {
        require(1);
        return source.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
    }

    private void require(int bytes) {
        if (source.byteSize() - at < bytes) {
            throw damaged("frame is cut off");
        }
    }

    private ShelfException damaged(String fact) {
        return IpcFault.invalid(
                "LZ4 frame is damaged, "
                        + fact
                        + ", position="
                        + at
                        + ", bytes="
                        + source.byteSize());
    }
}
