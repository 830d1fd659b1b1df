package dev.arrowshelf.store.ipc.codec;

import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The sequences of one LZ4 block: literals, then a copy of earlier output, over and over.
final class Lz4Block {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final int MIN_MATCH = 4;
    private static final int MORE = 15;

    private final MemorySegment source;
    private final MemorySegment target;
    private final long end;
    private long at;

    Lz4Block(MemorySegment source, long from, long end, MemorySegment target) {
        this.source = source;
        this.target = target;
        this.at = from;
        this.end = end;
    }

    /// Decodes to a position of the target and returns the position behind.
    long decode(long from) {
        long out = from;
        while (at < end) {
            int token = nextByte();
            long literals = length(token >>> 4);
            if (literals > end - at || literals > target.byteSize() - out) {
                throw damaged("literals are too long: literals=" + literals);
            }
            copyLiterals(out, literals);
            at += literals;
            out += literals;
            if (at == end) {
                return out;
            }
            int distance = nextByte() | nextByte() << 8;
            long match = length(token & MORE) + MIN_MATCH;
            if (distance == 0 || distance > out || match > target.byteSize() - out) {
                throw damaged(
                        "match lies outside the output: distance=" + distance + ", match=" + match);
            }
            copyMatch(out, distance, match);
            out += match;
        }
        return out;
    }

    private void copyLiterals(long out, long bytes) {
        if (bytes <= 16 && end - at >= 16 && target.byteSize() - out >= 16) {
            target.set(LONG, out, source.get(LONG, at));
            target.set(LONG, out + 8, source.get(LONG, at + 8));
        } else {
            MemorySegment.copy(source, at, target, out, bytes);
        }
    }

    /// Copies forward in words where the words do not overlap what they produce; what is written
    /// too far is overwritten later.
    private void copyMatch(long out, int distance, long bytes) {
        long done = 0;
        if (distance >= 8) {
            if (distance >= bytes && bytes > 64) {
                MemorySegment.copy(target, out - distance, target, out, bytes);
                return;
            }
            long roomy = target.byteSize() - out;
            for (; done < bytes && roomy - done >= 8; done += 8) {
                target.set(LONG, out + done, target.get(LONG, out + done - distance));
            }
        }
        for (; done < bytes; done++) {
            byte value = target.get(ValueLayout.JAVA_BYTE, out + done - distance);
            target.set(ValueLayout.JAVA_BYTE, out + done, value);
        }
    }

    private long length(int nibble) {
        long length = nibble;
        if (nibble == MORE) {
            int next;
            do {
                next = nextByte();
                length += next;
            } while (next == 255);
        }
        return length;
    }

    private int nextByte() {
        if (at >= end) {
            throw damaged("block is cut off");
        }
        return source.get(ValueLayout.JAVA_BYTE, at++) & 0xff;
    }

    private ShelfException damaged(String fact) {
        return IpcFault.invalid("LZ4 frame is damaged, " + fact + ", position=" + at);
    }
}
