package dev.arrowshelf.server.flight.message;

import com.google.protobuf.WireFormat;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.netty.buffer.ByteBuf;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// Reads one `FlightData` after the other from bytes that come in pieces. The small fields are
/// kept; of the body only its length is read here, its bytes are left to the caller.
///
/// One thread. Bytes may be hostile: lengths are checked before anything is allocated.
public final class FlightDataReader {
    private static final int MOST_DESCRIPTOR_BYTES = 20 << 20;
    private static final int MOST_HEADER_BYTES = 64 << 20;
    private static final int MOST_VARINT_BITS = 63;

    private long messageLeft;
    private byte @Nullable [] descriptor;
    private byte @Nullable [] header;
    private boolean bodySeen;
    private State state = State.TAG;
    private long varint;
    private int varintBits;
    private int field;
    private long fieldLeft;
    private byte[] target = new byte[0];
    private int targetBytes;

    private enum State {
        TAG,
        LENGTH,
        NUMBER,
        BYTES,
        SKIP
    }

    /// Begins a message of so many bytes.
    public void begin(long bytes) {
        messageLeft = bytes;
        descriptor = null;
        header = null;
        bodySeen = false;
        state = State.TAG;
        varint = 0;
        varintBits = 0;
    }

    /// Returns the descriptor, or null.
    public byte @Nullable [] descriptor() {
        return descriptor;
    }

    /// Returns the metadata of the IPC message, or null.
    public byte @Nullable [] header() {
        return header;
    }

    /// Reads until the bytes are used up or a body begins.
    ///
    /// @return the length of the body that follows, which may be 0, or -1
    public long read(ByteBuf in) {
        while (in.isReadable()) {
            long body = step(in);
            if (body >= 0) {
                messageLeft -= body;
                return body;
            }
        }
        return -1;
    }

    /// Checks that the message did not end inside a field.
    public void end() {
        if (state != State.TAG || varintBits != 0) {
            throw malformed("it ends inside a field, field=" + field);
        }
    }

    private long step(ByteBuf in) {
        switch (state) {
            case TAG -> {
                if (readVarint(in)) {
                    tag((int) take());
                }
            }
            case NUMBER -> {
                if (readVarint(in)) {
                    take();
                    state = State.TAG;
                }
            }
            case LENGTH -> {
                if (readVarint(in)) {
                    return length(take());
                }
            }
            case BYTES -> {
                int bytes = Math.min(target.length - targetBytes, in.readableBytes());
                in.readBytes(target, targetBytes, bytes);
                targetBytes += bytes;
                messageLeft -= bytes;
                if (targetBytes == target.length) {
                    keep();
                }
            }
            case SKIP -> {
                int bytes = (int) Math.min(fieldLeft, in.readableBytes());
                in.skipBytes(bytes);
                fieldLeft -= bytes;
                messageLeft -= bytes;
                if (fieldLeft == 0) {
                    state = State.TAG;
                }
            }
        }
        return -1;
    }

    private boolean readVarint(ByteBuf in) {
        while (in.isReadable()) {
            byte next = in.readByte();
            messageLeft--;
            if (varintBits > MOST_VARINT_BITS) {
                throw malformed("number too long, field=" + field);
            }
            varint |= (next & 0x7FL) << varintBits;
            varintBits += 7;
            if (next >= 0) {
                return true;
            }
        }
        return false;
    }

    private long take() {
        long value = varint;
        varint = 0;
        varintBits = 0;
        return value;
    }

    private void tag(int tag) {
        field = WireFormat.getTagFieldNumber(tag);
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> state = State.LENGTH;
            case WireFormat.WIRETYPE_VARINT -> state = State.NUMBER;
            case WireFormat.WIRETYPE_FIXED32 -> skip(Integer.BYTES);
            case WireFormat.WIRETYPE_FIXED64 -> skip(Long.BYTES);
            default -> throw malformed("unknown wire type, tag=" + Integer.toUnsignedString(tag));
        }
    }

    /// @return the length of the body, if this is it
    private long length(long bytes) {
        if (bytes < 0 || bytes > messageLeft) {
            throw malformed(
                    "field is longer than its message, field=%d, bytes=%d, left=%d"
                            .formatted(field, bytes, messageLeft));
        }
        switch (field) {
            case Flight.FlightData.FLIGHT_DESCRIPTOR_FIELD_NUMBER ->
                    collect(bytes, MOST_DESCRIPTOR_BYTES);
            case Flight.FlightData.DATA_HEADER_FIELD_NUMBER -> collect(bytes, MOST_HEADER_BYTES);
            case Flight.FlightData.DATA_BODY_FIELD_NUMBER -> {
                if (bodySeen) {
                    throw malformed("it has two bodies");
                }
                bodySeen = true;
                state = State.TAG;
                return bytes;
            }
            default -> skip(bytes);
        }
        return -1;
    }

    private void skip(long bytes) {
        fieldLeft = bytes;
        state = bytes == 0 ? State.TAG : State.SKIP;
    }

    private void collect(long bytes, int most) {
        if (bodySeen) {
            throw malformed("a field follows the body, field=" + field);
        }
        if (bytes > most) {
            throw malformed(
                    "field too long, field=%d, bytes=%d, most=%d".formatted(field, bytes, most));
        }
        target = new byte[(int) bytes];
        targetBytes = 0;
        state = State.BYTES;
        if (bytes == 0) {
            keep();
        }
    }

    private void keep() {
        if (field == Flight.FlightData.DATA_HEADER_FIELD_NUMBER) {
            header = target;
        } else {
            descriptor = target;
        }
        state = State.TAG;
    }

    private static ShelfException malformed(String problem) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT, "FlightData is malformed: " + problem);
    }
}
