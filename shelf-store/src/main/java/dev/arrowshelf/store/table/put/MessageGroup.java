package dev.arrowshelf.store.table.put;

import dev.arrowshelf.store.ipc.IpcMessage;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Messages of one request, and where their body bytes are now. Bodies are numbered from 0 at the
/// first one, as the local protocol does.
///
/// Not thread-safe. Borrows everything: the memory of the bodies must stay until the plan for this
/// group is carried out.
final class MessageGroup {
    private static final MemorySegment NO_BODY = MemorySegment.ofArray(new byte[0]);

    private final List<IpcMessage> messages = new ArrayList<>();
    private final List<MemorySegment> bodies = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();
    private long bodyBytes;
    private boolean compressed;

    /// Some bytes of the bodies that lie together.
    ///
    /// @param position of the first byte among all body bytes
    /// @param bytes the bytes
    record Piece(long position, MemorySegment bytes) {}

    /// Adds a message whose body lies in one place.
    void add(IpcMessage message, MemorySegment body, boolean bodyCompressed) {
        if (body.byteSize() > 0) {
            pieces.add(new Piece(bodyBytes, body));
        }
        compressed |= bodyCompressed;
        addMessage(message, body);
    }

    /// Adds a message whose body is made of pieces, positions counted from the body's begin; what
    /// lies between them is zero.
    void add(IpcMessage message, List<Piece> bodyPieces) {
        for (Piece piece : bodyPieces) {
            if (piece.bytes.byteSize() > 0) {
                pieces.add(new Piece(bodyBytes + piece.position, piece.bytes));
            }
        }
        addMessage(message, NO_BODY);
    }

    private void addMessage(IpcMessage message, MemorySegment body) {
        messages.add(message);
        bodies.add(body);
        bodyBytes = Math.addExact(bodyBytes, message.bodyBytes());
    }

    /// Adds all messages of another group.
    void addAll(MessageGroup other) {
        long base = bodyBytes;
        for (Piece piece : other.pieces) {
            pieces.add(new Piece(base + piece.position, piece.bytes));
        }
        messages.addAll(other.messages);
        bodies.addAll(other.bodies);
        bodyBytes = Math.addExact(base, other.bodyBytes);
        compressed |= other.compressed;
    }

    List<IpcMessage> messages() {
        return messages;
    }

    /// Returns one body for each message; empty where it does not lie in one place.
    List<MemorySegment> bodies() {
        return bodies;
    }

    List<Piece> pieces() {
        return pieces;
    }

    /// Returns the length of all bodies.
    long bodyBytes() {
        return bodyBytes;
    }

    /// Returns whether a body has to be looked at to plan its place.
    boolean isCompressed() {
        return compressed;
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    /// Gives the memory of a range of body bytes, piece by piece, to a taker.
    void read(long position, long bytes, PieceTaker taker) {
        int index = indexOf(position);
        long at = position;
        long end = position + bytes;
        while (at < end && index < pieces.size()) {
            Piece piece = pieces.get(index++);
            long from = Math.max(at, piece.position);
            long to = Math.min(end, piece.position + piece.bytes.byteSize());
            if (from < to) {
                taker.take(from - position, piece.bytes.asSlice(from - piece.position, to - from));
                at = to;
            }
        }
    }

    /// Receives bytes of a range.
    @FunctionalInterface
    interface PieceTaker {
        /// Takes bytes that belong at an offset of the range.
        void take(long offset, MemorySegment bytes);
    }

    /// Returns the first piece that ends behind a position.
    private int indexOf(long position) {
        int low = 0;
        int high = pieces.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            Piece piece = pieces.get(middle);
            if (piece.position + piece.bytes.byteSize() > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
