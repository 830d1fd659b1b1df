package dev.arrowshelf.client.flight;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.put.SourceMessages;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// One `FlightData` to be sent: written out while it is sent, so its body is only borrowed.
///
/// @param descriptor what is put, in the first frame only
/// @param message the IPC message's metadata
/// @param body the pieces of its body
record OutgoingFrame(
        Flight.@Nullable FlightDescriptor descriptor,
        IpcMessage message,
        SourceMessages.Body body) {
    private static final long LONGEST_BODY = Integer.MAX_VALUE - (1 << 20);

    OutgoingFrame {
        if (message.bodyBytes() > LONGEST_BODY) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "a single row is too long to be streamed: bytes=" + message.bodyBytes());
        }
    }

    /// Writes frames.
    static final MethodDescriptor.Marshaller<OutgoingFrame> WRITER =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(OutgoingFrame frame) {
                    return new FrameStream(frame);
                }

                @Override
                public OutgoingFrame parse(InputStream bytes) {
                    throw new UnsupportedOperationException("frames are only written here");
                }
            };

    /// Returns the fields before the body's bytes.
    private byte[] head() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        try {
            if (descriptor != null) {
                out.writeMessage(Flight.FlightData.FLIGHT_DESCRIPTOR_FIELD_NUMBER, descriptor);
            }
            out.writeTag(
                    Flight.FlightData.DATA_HEADER_FIELD_NUMBER,
                    WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(Math.toIntExact(message.metadata().byteSize()));
            out.write(message.metadata().asByteBuffer());
            if (message.bodyBytes() > 0) {
                out.writeTag(
                        Flight.FlightData.DATA_BODY_FIELD_NUMBER,
                        WireFormat.WIRETYPE_LENGTH_DELIMITED);
                out.writeUInt32NoTag((int) message.bodyBytes());
            }
            out.flush();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /// The bytes of a frame, which are only ever drained.
    private static final class FrameStream extends InputStream implements Drainable, KnownLength {
        private static final int CHUNK_BYTES = 64 << 10;

        private final OutgoingFrame frame;
        private final byte[] head;
        private final byte[] chunk = new byte[CHUNK_BYTES];
        private boolean drained;

        FrameStream(OutgoingFrame frame) {
            this.frame = frame;
            this.head = frame.head();
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("frames are drained");
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            throw new UnsupportedOperationException("frames are drained");
        }

        @Override
        public int available() {
            return drained ? 0 : Math.addExact(head.length, (int) frame.message.bodyBytes());
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int bytes = available();
            drained = true;
            target.write(head);
            Drain drain = new Drain(target);
            try {
                frame.body.forEach(drain::take);
            } catch (UncheckedIOException failure) {
                throw failure.getCause();
            }
            drain.zeroes(frame.message.bodyBytes());
            return bytes;
        }

        private final class Drain {
            private final OutputStream target;
            private long position;

            Drain(OutputStream target) {
                this.target = target;
            }

            void take(long offset, MemorySegment bytes) {
                try {
                    zeroes(offset);
                    for (long at = 0; at < bytes.byteSize(); ) {
                        int part = (int) Math.min(chunk.length, bytes.byteSize() - at);
                        MemorySegment.copy(bytes, at, MemorySegment.ofArray(chunk), 0, part);
                        target.write(chunk, 0, part);
                        at += part;
                    }
                    position += bytes.byteSize();
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }

            void zeroes(long until) throws IOException {
                while (position < until) {
                    byte[] none = new byte[(int) Math.min(chunk.length, until - position)];
                    target.write(none);
                    position += none.length;
                }
            }
        }
    }
}
