package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.VectorSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Files, streams and readers of any number of batches.
final class IpcSourceTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun().withPackedUnions();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    @ParameterizedTest
    @CsvSource({"0, 10", "1, 0", "1, 40", "3, 40", "5, 3000"})
    void filesStreamsAndReadersComeBack(int batches, int rows) throws IOException {
        Written stream =
                write(
                        tables.schema(100),
                        batches,
                        rows,
                        false,
                        NoCompressionCodec.INSTANCE.getCodecType());
        Written file =
                write(
                        tables.schema(100),
                        batches,
                        rows,
                        true,
                        NoCompressionCodec.INSTANCE.getCodecType());
        for (PutOptions options :
                List.of(PutOptions.DEFAULT, PutOptions.DEFAULT.withPartitions(50, 0))) {
            for (Written written : List.of(stream, file)) {
                putAndCompare(written, VectorSource.of(path(written)), options);
                putAndCompare(written, VectorSource.of(channel(written)), options);
            }
            try (ArrowStreamReader reader = new ArrowStreamReader(channel(stream), allocator)) {
                putAndCompare(stream, VectorSource.of(reader), options);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = CodecType.class,
            names = {"LZ4_FRAME", "ZSTD"})
    void compressedBodiesAreDecoded(CodecType codec) throws IOException {
        for (int rows : List.of(20, 5000)) {
            Written stream = write(plainSchema(), 2, rows, false, codec);
            Written file = write(plainSchema(), 2, rows, true, codec);
            for (PutOptions options :
                    List.of(PutOptions.DEFAULT, PutOptions.DEFAULT.withPartitions(30, 0))) {
                putAndCompare(stream, VectorSource.of(path(stream)), options);
                putAndCompare(stream, VectorSource.of(channel(stream)), options);
                putAndCompare(file, VectorSource.of(path(file)), options);
                putAndCompare(file, VectorSource.of(channel(file)), options);
            }
        }
    }

    @Test
    void aReaderIsReadToItsEndAndLeftOpen() throws IOException {
        Written stream =
                write(tables.schema(5), 3, 10, false, NoCompressionCodec.INSTANCE.getCodecType());
        try (ArrowStreamReader reader = new ArrowStreamReader(channel(stream), allocator)) {
            temporary.shelf().put("t", reader);
            assertThat(reader.loadNextBatch()).isFalse();
        }
    }

    @Test
    void aChannelIsLeftOpen() throws IOException {
        Written stream =
                write(tables.schema(5), 3, 10, false, NoCompressionCodec.INSTANCE.getCodecType());
        for (PutOptions options :
                List.of(PutOptions.DEFAULT, PutOptions.DEFAULT.withPartitions(5, 0))) {
            ReadableByteChannel channel = channel(stream);
            temporary.shelf().put("t", VectorSource.of(channel), options);
            assertThat(channel.isOpen()).isTrue();
        }
    }

    @Test
    void damagedBytesAreRefusedAndLeaveNothing() throws IOException {
        Shelf shelf = temporary.shelf();
        for (int rows : List.of(20, 4000)) {
            for (boolean file : List.of(true, false)) {
                byte[] good =
                        write(
                                        plainSchema(),
                                        3,
                                        rows,
                                        file,
                                        NoCompressionCodec.INSTANCE.getCodecType())
                                .bytes;
                for (int round = 0; round < 40; round++) {
                    byte[] bad = Arrays.copyOf(good, tables.random().nextInt(good.length));
                    Path path = Files.write(temporary.scratch().resolve("bad"), bad);
                    refusedOrWhole(shelf, VectorSource.of(path));
                    refusedOrWhole(
                            shelf,
                            VectorSource.of(Channels.newChannel(new ByteArrayInputStream(bad))));
                }
                for (int round = 0; round < 60; round++) {
                    byte[] bad = good.clone();
                    for (int flips = 1 + tables.random().nextInt(3); flips > 0; flips--) {
                        bad[tables.random().nextInt(bad.length)] ^=
                                (byte) (1 << tables.random().nextInt(8));
                    }
                    Path path = Files.write(temporary.scratch().resolve("bad"), bad);
                    refusedOrWhole(shelf, VectorSource.of(path));
                    refusedOrWhole(
                            shelf,
                            VectorSource.of(Channels.newChannel(new ByteArrayInputStream(bad))));
                }
            }
        }
    }

    /// A flipped bit may hit a value: then the table is stored. Whatever is stored can be read.
    private void refusedOrWhole(Shelf shelf, VectorSource source) {
        try {
            shelf.put("bad", source, PutOptions.DEFAULT);
        } catch (ShelfException refused) {
            assertThat(refused.code())
                    .as("%s: %s", tables, refused)
                    .isIn(
                            ErrorCode.INVALID_IPC,
                            ErrorCode.UNSUPPORTED_IPC,
                            ErrorCode.OUT_OF_MEMORY);
            assertThat(shelf.delete("bad")).isFalse();
            return;
        }
        try (ShelfTable stored = shelf.get("bad")) {
            assertThat(TableContent.of(stored).rows()).hasSize((int) stored.rowCount());
        } catch (IllegalArgumentException
                | UnsupportedOperationException
                | ClassCastException
                | ArithmeticException notForVectors) {
            assertThat(notForVectors)
                    .isNotNull(); // well-formed bytes of a type or value that arrow-java itself
            // refuses
        }
        shelf.delete("bad");
    }

    @Test
    void aFileThatIsNotThereIsAnError() {
        assertThatThrownBy(() -> temporary.shelf().put("t", Path.of("/nowhere/at.all")))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        thrown -> assertThat(thrown.code()).isEqualTo(ErrorCode.IO))
                .hasMessageContaining("/nowhere/at.all");
    }

    @Test
    void aFileThatIsNoArrowIsAnError() throws IOException {
        Path text =
                Files.writeString(
                        temporary.scratch().resolve("text"), "name,value\na,1\n".repeat(100));
        EmbeddedShelfTest.assertThatCode(
                () -> temporary.shelf().put("t", text), ErrorCode.INVALID_IPC, "");
        Path empty = Files.writeString(temporary.scratch().resolve("empty"), "");
        EmbeddedShelfTest.assertThatCode(
                () -> temporary.shelf().put("t", empty), ErrorCode.INVALID_IPC, "");
    }

    private static final class Written {
        private final byte[] bytes;
        private final TableContent content;

        Written(byte[] bytes, TableContent content) {
            this.bytes = bytes;
            this.content = content;
        }
    }

    private Written write(Schema schema, int batches, int rows, boolean file, CodecType codec)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (RandomTable table = tables.table(schema, rows, allocator)) {
            VectorSchemaRoot root = table.root();
            TableContent first = TableContent.of(table);
            List<List<String>> all = new ArrayList<>();
            try (WritableByteChannel channel = Channels.newChannel(bytes);
                    ArrowWriter writer = writer(table, channel, file, codec)) {
                writer.start();
                for (int batch = 0; batch < batches; batch++) {
                    if (batch > 0) {
                        root.getFieldVectors().forEach(FieldVector::clear);
                        tables.fill(root, rows, allocator);
                    }
                    writer.writeBatch();
                    all.addAll(TableContent.of(table).rows());
                }
                writer.end();
            }
            return new Written(bytes.toByteArray(), new TableContent(first.schema(), all));
        }
    }

    private static ArrowWriter writer(
            RandomTable table, WritableByteChannel channel, boolean file, CodecType codec) {
        CommonsCompressionFactory factory = CommonsCompressionFactory.INSTANCE;
        if (codec == CodecType.NO_COMPRESSION) {
            return file
                    ? new ArrowFileWriter(table.root(), table.dictionaries(), channel)
                    : new ArrowStreamWriter(table.root(), table.dictionaries(), channel);
        }
        return file
                ? new ArrowFileWriter(
                        table.root(),
                        table.dictionaries(),
                        channel,
                        null,
                        IpcOption.DEFAULT,
                        factory,
                        codec,
                        Optional.empty())
                : new ArrowStreamWriter(
                        table.root(),
                        table.dictionaries(),
                        channel,
                        IpcOption.DEFAULT,
                        factory,
                        codec,
                        Optional.empty());
    }

    private static Schema plainSchema() {
        return new Schema(
                List.of(
                        Field.nullable("a", new ArrowType.Int(64, true)),
                        Field.nullable("b", new ArrowType.Utf8()),
                        EveryType.nested(
                                "c",
                                new ArrowType.List(),
                                Field.nullable("item", new ArrowType.Int(32, true))),
                        EveryType.encoded(
                                "d", 5, new ArrowType.Int(16, true), new ArrowType.Utf8())));
    }

    private Path path(Written written) throws IOException {
        return Files.write(temporary.scratch().resolve("source"), written.bytes);
    }

    private static ReadableByteChannel channel(Written written) {
        return Channels.newChannel(new ByteArrayInputStream(written.bytes));
    }

    private void putAndCompare(Written written, VectorSource source, PutOptions options) {
        Shelf shelf = temporary.shelf();
        shelf.put("t", source, options);
        try (ShelfTable stored = shelf.get("t")) {
            assertThat(TableContent.of(stored))
                    .as("%s, %s, %s", tables, source, options)
                    .isEqualTo(written.content);
            assertThat(stored.rowCount()).isEqualTo(written.content.rows().size());
        }
    }
}
