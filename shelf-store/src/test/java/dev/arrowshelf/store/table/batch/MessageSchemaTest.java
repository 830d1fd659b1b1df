package dev.arrowshelf.store.table.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.ipc.metadata.Utf8Text;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.flatbuf.FixedSizeBinary;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;

final class MessageSchemaTest {
    private static final String VALUE = "value that grows";

    /// Its byte in the message does not begin a character.
    private static final int WIDTH = 0xC8;

    /// A schema of one column, which lies behind the value of the schema's metadata.
    private static byte[] message() {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int type = FixedSizeBinary.createFixedSizeBinary(builder, WIDTH);
        int name = builder.createString("column");
        int column =
                org.apache.arrow.flatbuf.Field.createField(
                        builder, name, true, Type.FixedSizeBinary, type, 0, 0, 0);
        int fields =
                org.apache.arrow.flatbuf.Schema.createFieldsVector(builder, new int[] {column});
        int value = builder.createString(VALUE);
        int pair = KeyValue.createKeyValue(builder, builder.createString("key"), value);
        int pairs =
                org.apache.arrow.flatbuf.Schema.createCustomMetadataVector(
                        builder, new int[] {pair});
        int schema =
                org.apache.arrow.flatbuf.Schema.createSchema(builder, (short) 0, fields, pairs, 0);
        builder.finish(
                Message.createMessage(
                        builder, MetadataVersion.V5, MessageHeader.Schema, schema, 0, 0));
        return builder.sizedByteArray();
    }

    /// A damaged or odd message may say that a value reaches into other parts: making it readable
    /// must leave those as they are.
    @Test
    void valuesThatShareBytesWithOtherPartsAreMadeReadableElsewhere() {
        byte[] bytes = message();
        int value = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(VALUE);
        int tried = 0;
        for (int length = VALUE.length(); value + length < bytes.length; length++) {
            byte[] odd = bytes.clone();
            ByteBuffer.wrap(odd)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value - Integer.BYTES, length);
            if (odd[value + length] == 0 && !Utf8Text.isValid(odd, value, length)) {
                tried++;
                SchemaMetadata.parse(MemorySegment.ofArray(odd)); // accepted: values are bytes
                Schema schema = MessageSchema.of(Message.getRootAsMessage(ByteBuffer.wrap(odd)));
                assertThat(schema.getFields())
                        .containsExactly(
                                Field.nullable("column", new ArrowType.FixedSizeBinary(WIDTH)));
                assertThat(schema.getCustomMetadata().get("key")).startsWith(VALUE).contains("?");
            }
        }
        assertThat(tried).isPositive();
    }
}
