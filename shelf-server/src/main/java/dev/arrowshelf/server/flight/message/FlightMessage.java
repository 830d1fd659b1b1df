package dev.arrowshelf.server.flight.message;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.arrowshelf.store.ipc.IpcMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import org.apache.arrow.flight.impl.Flight;

/// One `FlightData` on its way out: what precedes the body's bytes, and the body. Whoever has it
/// releases both.
///
/// @param head the fields before the body, and the body's tag and length
/// @param body the bytes of the body
public record FlightMessage(ByteBuf head, ByteBuf body) {
    /// Returns a message without a body.
    public static FlightMessage of(IpcMessage message) {
        return new FlightMessage(head(message.metadata(), -1), Unpooled.EMPTY_BUFFER);
    }

    /// Returns a message with a body, which it takes over.
    public static FlightMessage of(IpcMessage message, ByteBuf body) {
        return new FlightMessage(head(message.metadata(), body.readableBytes()), body);
    }

    private static ByteBuf head(MemorySegment metadata, int bodyBytes) {
        int metadataBytes = Math.toIntExact(metadata.byteSize());
        int size =
                CodedOutputStream.computeTagSize(Flight.FlightData.DATA_HEADER_FIELD_NUMBER)
                        + CodedOutputStream.computeUInt32SizeNoTag(metadataBytes)
                        + metadataBytes;
        if (bodyBytes >= 0) {
            size +=
                    CodedOutputStream.computeTagSize(Flight.FlightData.DATA_BODY_FIELD_NUMBER)
                            + CodedOutputStream.computeUInt32SizeNoTag(bodyBytes);
        }
        byte[] head = new byte[size];
        CodedOutputStream out = CodedOutputStream.newInstance(head);
        try {
            out.writeTag(
                    Flight.FlightData.DATA_HEADER_FIELD_NUMBER,
                    WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(metadataBytes);
            out.write(metadata.asByteBuffer());
            if (bodyBytes >= 0) {
                out.writeTag(
                        Flight.FlightData.DATA_BODY_FIELD_NUMBER,
                        WireFormat.WIRETYPE_LENGTH_DELIMITED);
                out.writeUInt32NoTag(bodyBytes);
            }
            out.checkNoSpaceLeft();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return Unpooled.wrappedBuffer(head);
    }

    public void release() {
        head.release();
        body.release();
    }
}
