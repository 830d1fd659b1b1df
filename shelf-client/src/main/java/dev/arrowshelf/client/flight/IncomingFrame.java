package dev.arrowshelf.client.flight;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/// One `FlightData` that a server sent. Whoever has it closes the body.
///
/// @param message the IPC message's metadata
/// @param body its body, never null
record IncomingFrame(Message message, ArrowBuf body) implements AutoCloseable {
    private static final int MOST_HEADER_BYTES = 64 << 20;
    private static final int COPY_BYTES = 64 << 10;

    @Override
    public void close() {
        body.close();
    }

    /// Reads frames; bodies are allocated here.
    static MethodDescriptor.Marshaller<IncomingFrame> reader(BufferAllocator allocator) {
        return new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(IncomingFrame frame) {
                throw new UnsupportedOperationException("frames are only read here");
            }

            @Override
            public IncomingFrame parse(InputStream bytes) {
                try {
                    return read(bytes, allocator);
                } catch (IOException malformed) {
                    throw Status.INTERNAL
                            .withDescription("FlightData is malformed: " + malformed.getMessage())
                            .withCause(malformed)
                            .asRuntimeException();
                }
            }
        };
    }

    private static IncomingFrame read(InputStream in, BufferAllocator allocator)
            throws IOException {
        byte @Nullable [] header = null;
        ArrowBuf body = allocator.getEmpty();
        try {
            for (int first = in.read(); first >= 0; first = in.read()) {
                int tag = CodedInputStream.readRawVarint32(first, in);
                if (WireFormat.getTagWireType(tag) != WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                    throw new IOException("unknown field, tag=" + tag);
                }
                int bytes = CodedInputStream.readRawVarint32(in.read(), in);
                if (bytes < 0 || bytes > in.available()) {
                    throw new EOFException("field too long, bytes=" + bytes);
                }
                switch (WireFormat.getTagFieldNumber(tag)) {
                    case Flight.FlightData.DATA_HEADER_FIELD_NUMBER -> header = header(in, bytes);
                    case Flight.FlightData.DATA_BODY_FIELD_NUMBER -> {
                        body.close();
                        body = allocator.buffer(bytes);
                        fill(body, in, bytes);
                    }
                    default -> in.skipNBytes(bytes);
                }
            }
            if (header == null) {
                throw new ShelfException(ErrorCode.PROTOCOL, "FlightData has no header");
            }
            return new IncomingFrame(
                    Message.getRootAsMessage(
                            ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN)),
                    body);
        } catch (Throwable failure) {
            body.close();
            throw failure;
        }
    }

    private static byte[] header(InputStream in, int bytes) throws IOException {
        if (bytes > MOST_HEADER_BYTES) {
            throw new IOException("header too long, bytes=" + bytes);
        }
        return in.readNBytes(bytes);
    }

    /// Copies from the network's own buffers where they can be had.
    private static void fill(ArrowBuf body, InputStream in, int bytes) throws IOException {
        long position = 0;
        if (in instanceof HasByteBuffer buffers
                && in instanceof KnownLength
                && buffers.byteBufferSupported()) {
            while (position < bytes) {
                ByteBuffer next = buffers.getByteBuffer();
                if (next == null || !next.hasRemaining()) {
                    throw new EOFException("body is cut short, bytes=" + bytes);
                }
                int taken = (int) Math.min(next.remaining(), bytes - position);
                body.setBytes(position, next.slice(next.position(), taken));
                in.skipNBytes(taken);
                position += taken;
            }
        } else {
            byte[] copied = new byte[Math.min(bytes, COPY_BYTES)];
            while (position < bytes) {
                int taken = in.read(copied, 0, (int) Math.min(copied.length, bytes - position));
                if (taken < 0) {
                    throw new EOFException("body is cut short, bytes=" + bytes);
                }
                body.setBytes(position, copied, 0, taken);
                position += taken;
            }
        }
        body.writerIndex(bytes);
    }
}
