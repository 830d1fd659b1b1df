package dev.arrowshelf.bench.flight;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// The record batch that is sent again and again: four columns of doubles, 100 MB.
public final class FlightSample {
    /// Rows of the batch.
    public static final int ROWS = 3_125_000;

    /// Bytes of its columns.
    public static final long BYTES = 4L * Double.BYTES * ROWS;

    /// The table's name.
    public static final String NAME = "sample";

    private static final int COLUMNS = 4;

    private FlightSample() {}

    static Schema schema() {
        ArrowType type = new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
        return new Schema(
                IntStream.range(0, COLUMNS)
                        .mapToObj(column -> Field.notNullable("c" + column, type))
                        .toList());
    }

    /// Returns the batch as vectors.
    public static VectorSchemaRoot root(BufferAllocator allocator) {
        VectorSchemaRoot root = VectorSchemaRoot.create(schema(), allocator);
        for (int column = 0; column < COLUMNS; column++) {
            Float8Vector vector = (Float8Vector) root.getVector(column);
            vector.allocateNew(ROWS);
            for (int row = 0; row < ROWS; row++) {
                vector.set(row, row * 0.5 + column);
            }
            vector.setValueCount(ROWS);
        }
        root.setRowCount(ROWS);
        return root;
    }

    /// The batch as `FlightData` messages without their gRPC prefix.
    ///
    /// @param schema the schema message with the put's descriptor
    /// @param head the batch up to its body
    /// @param body the body
    record Messages(ByteBuf schema, ByteBuf head, ByteBuf body) {}

    static Messages messages(BufferAllocator allocator) {
        try (VectorSchemaRoot root = root(allocator);
                ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
            ByteBuf body = Unpooled.directBuffer((int) batch.computeBodyLength());
            List<ArrowBuf> buffers = batch.getBuffers();
            for (int i = 0; i < buffers.size(); i++) {
                body.writeZero(
                        (int) batch.getBuffersLayout().get(i).getOffset() - body.writerIndex());
                ArrowBuf buffer = buffers.get(i);
                body.writeBytes(buffer.nioBuffer(0, (int) buffer.readableBytes()));
            }
            body.writeZero((int) batch.computeBodyLength() - body.writerIndex());
            ByteBuf schema = Unpooled.directBuffer();
            byte[] name = NAME.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            field(schema, 1, 4 + name.length);
            varint(schema, 1 << 3);
            varint(schema, 1); // a path
            field(schema, 3, name.length);
            schema.writeBytes(name);
            header(
                    schema,
                    MessageSerializer.serializeMetadata(root.getSchema(), IpcOption.DEFAULT));
            ByteBuf head = Unpooled.directBuffer();
            header(head, MessageSerializer.serializeMetadata(batch, IpcOption.DEFAULT));
            field(head, 1000, body.readableBytes());
            return new Messages(schema, head, body);
        }
    }

    /// Returns the ticket by which our server gives the table; the others give it for any ticket.
    static ByteBuf ticket() {
        byte[] text =
                "{\"name\": \"%s\"}"
                        .formatted(NAME)
                        .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        ByteBuf ticket = Unpooled.directBuffer();
        field(ticket, 1, text.length);
        ticket.writeBytes(text);
        return ticket;
    }

    private static void header(ByteBuf out, ByteBuffer metadata) {
        field(out, 2, metadata.remaining());
        out.writeBytes(metadata);
    }

    private static void field(ByteBuf out, int number, int bytes) {
        varint(out, (number << 3) | 2);
        varint(out, bytes);
    }

    private static void varint(ByteBuf out, int value) {
        int left = value;
        while ((left & ~0x7F) != 0) {
            out.writeByte((left & 0x7F) | 0x80);
            left >>>= 7;
        }
        out.writeByte(left);
    }
}
