package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.VectorSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables of other Arrow libraries that say more than arrow-java can.
final class ForeignTableTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @ParameterizedTest
    @ValueSource(ints = {32, 64})
    void smallDecimalsAreKeptAndNoTableForJava(int bits) throws IOException {
        Schema schema =
                new Schema(
                        List.of(
                                Field.nullable("d", new ArrowType.Decimal(9, 2, bits)),
                                Field.nullable("n", new ArrowType.Int(bits, true))));
        assertThat(put(stream(schema, bits / 8), PutOptions.DEFAULT).rows()).isEqualTo(10);
        try (ShelfTable table = temporary.shelf().get("t")) {
            assertThat(table.rowCount()).isEqualTo(10);
            assertUnsupported(table::schema);
            assertUnsupported(table::reader);
        }
        assertUnsupported(
                () -> put(stream(schema, bits / 8), PutOptions.DEFAULT.withPartitions(3, 0)));
    }

    @Test
    void binaryValuesOfNoBytesAreKeptToo() throws IOException {
        Schema schema =
                new Schema(
                        List.of(
                                Field.nullable("b", new ArrowType.FixedSizeBinary(0)),
                                Field.nullable("n", new ArrowType.Int(32, true))));
        put(stream(schema, 4), PutOptions.DEFAULT);
        try (ShelfTable table = temporary.shelf().get("t");
                ArrowReader all = table.reader();
                ArrowReader number = table.reader(TableSlice.ofColumns("n"))) {
            assertThat(table.schema()).isEqualTo(schema);
            assertUnsupported(all::loadNextBatch);
            assertThat(number.loadNextBatch()).isTrue();
            assertThat(number.getVectorSchemaRoot().getRowCount()).isEqualTo(10);
        }
    }

    private static void assertUnsupported(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_IPC))
                .hasMessageContaining("arrow-java");
    }

    private static byte[] stream(Schema schema, int width) throws IOException {
        int rows = 10;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                WriteChannel channel = new WriteChannel(Channels.newChannel(out));
                ArrowBuf none = allocator.getEmpty();
                ArrowBuf numbers = allocator.buffer(rows * (long) width)) {
            numbers.setZero(0, numbers.capacity()).writerIndex(rows * (long) width);
            MessageSerializer.serialize(channel, schema);
            ArrowFieldNode node = new ArrowFieldNode(rows, 0);
            try (ArrowRecordBatch batch =
                    new ArrowRecordBatch(
                            rows, List.of(node, node), List.of(none, numbers, none, numbers))) {
                MessageSerializer.serialize(channel, batch);
            }
            ArrowStreamWriter.writeEndOfStream(
                    channel, new org.apache.arrow.vector.ipc.message.IpcOption());
        }
        return out.toByteArray();
    }

    @Test
    void metadataThatIsNotTextReadsAsQuestionMarks() throws IOException {
        Field field =
                new Field(
                        "n",
                        new org.apache.arrow.vector.types.pojo.FieldType(
                                true,
                                new ArrowType.Int(32, true),
                                null,
                                Map.of("k", "placeholder")),
                        null);
        byte[] stream = stream(new Schema(List.of(field, field), Map.of("t", "placeholder")), 4);
        byte[] word = "placeholder".getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at + word.length < stream.length; at++) {
            if (Arrays.equals(stream, at, at + word.length, word, 0, word.length)) {
                stream[at + 1] = (byte) 0xff;
                stream[at + 2] = (byte) 0xc3; // with the next byte: "ä"
                stream[at + 3] = (byte) 0xa4;
            }
        }
        for (PutOptions options :
                List.of(PutOptions.DEFAULT, PutOptions.DEFAULT.withPartitions(3, 0))) {
            put(stream, options);
            try (ShelfTable table = temporary.shelf().get("t")) {
                assertThat(table.schema().getCustomMetadata()).containsEntry("t", "p?äeholder");
                assertThat(table.schema().getFields().getFirst().getMetadata())
                        .containsEntry("k", "p?äeholder");
                assertThat(TableContent.of(table).rows()).hasSize(10);
            }
        }
    }

    private TableInfo put(byte[] stream, PutOptions options) {
        return temporary
                .shelf()
                .put(
                        "t",
                        VectorSource.of(Channels.newChannel(new ByteArrayInputStream(stream))),
                        options);
    }
}
