package dev.arrowshelf.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.client.ServedShelf.Way;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.testkit.RandomTable;
import dev.arrowshelf.testkit.RandomTables;
import dev.arrowshelf.testkit.TableContent;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The same shelf through a daemon, mapped and streamed.
final class ShelfClientIT {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables random = RandomTables.ofThisRun();
    private ServedShelf served;

    @BeforeEach
    void serve() {
        served = new ServedShelf(temporary.options());
    }

    @AfterEach
    void stop() {
        served.close();
        allocator.close();
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeComesBackAsItWasPut(Way way) {
        try (Shelf shelf = served.connect(way)) {
            for (int rows : new int[] {0, 1, 17, 3000}) {
                Schema schema = random.schema(Integer.MAX_VALUE);
                try (RandomTable table = random.table(schema, rows, allocator)) {
                    TableInfo put = shelf.put("table", table.source(), PutOptions.DEFAULT);
                    assertThat(put.rows()).isEqualTo(rows);
                    assertThat(shelf.info("table")).isEqualTo(put);
                    try (ShelfTable read = shelf.get("table")) {
                        assertThat(read.schema()).isEqualTo(TableContent.of(table).schema());
                        assertThat(TableContent.of(read))
                                .as("%s", random)
                                .isEqualTo(TableContent.of(table));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void slicesAreThoseOfTheTable(Way way) {
        try (Shelf shelf = served.connect(way);
                RandomTable table = random.table(random.schema(9), 500, allocator)) {
            shelf.put("table", table.source(), PutOptions.DEFAULT.withPartitions(120, 0));
            TableContent whole = TableContent.of(table);
            List<String> names = whole.schema().getFields().stream().map(Field::getName).toList();
            try (ShelfTable read = shelf.get("table")) {
                assertThat(read.partitionCount()).isEqualTo(5);
                for (TableSlice slice :
                        List.of(
                                TableSlice.ALL,
                                TableSlice.ofRows(119, 130),
                                TableSlice.ofRows(499, 10),
                                TableSlice.ofRows(500, 10),
                                TableSlice.ofColumns(names.get(7), names.get(2)),
                                TableSlice.ofColumns().withRows(5, 20),
                                TableSlice.ofColumns(names.get(0)).withRows(3, 400))) {
                    assertThat(TableContent.of(read, slice))
                            .as("%s of %s", slice, random)
                            .isEqualTo(whole.slice(slice));
                }
                assertThatThrownBy(() -> read.reader(TableSlice.ofColumns("none")))
                        .isInstanceOfSatisfying(
                                ShelfException.class,
                                failure ->
                                        assertThat(failure.code())
                                                .isEqualTo(ErrorCode.INVALID_ARGUMENT));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void dictionariesThatGrowOrAreReplacedMidStreamStayRight(Way way) throws IOException {
        byte[] stream = streamWithChangingDictionary();
        try (Shelf shelf = served.connect(way);
                ArrowStreamReader reader =
                        new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            shelf.put("table", reader);
            try (ShelfTable table = shelf.get("table")) {
                assertThat(TableContent.of(table).rows())
                        .containsExactly(
                                List.of("a"),
                                List.of("b"),
                                List.of("c"),
                                List.of("a"),
                                List.of("x"),
                                List.of("y"));
            }
        }
    }

    /// Batches over the dictionaries a b, a b c, x y.
    private byte[] streamWithChangingDictionary() throws IOException {
        DictionaryEncoding encoding = new DictionaryEncoding(1, false, new ArrowType.Int(32, true));
        Field field = new Field("d", new FieldType(true, encoding.getIndexType(), encoding), null);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VarCharVector values = new VarCharVector("values", allocator);
                VectorSchemaRoot root =
                        VectorSchemaRoot.create(new Schema(List.of(field)), allocator)) {
            MapDictionaryProvider provider = new MapDictionaryProvider();
            provider.put(new Dictionary(values, encoding));
            try (ArrowStreamWriter writer =
                    new ArrowStreamWriter(root, provider, Channels.newChannel(bytes))) {
                fill(values, root, List.of("a", "b"), 0, 1);
                writer.start();
                writer.writeBatch();
                fill(values, root, List.of("a", "b", "c"), 2, 0);
                writer.writeBatch();
                fill(values, root, List.of("x", "y"), 0, 1);
                writer.writeBatch();
                writer.end();
            }
        }
        return bytes.toByteArray();
    }

    private static void fill(
            VarCharVector values, VectorSchemaRoot root, List<String> dictionary, int... indices) {
        values.clear();
        for (int i = 0; i < dictionary.size(); i++) {
            values.setSafe(i, dictionary.get(i).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        values.setValueCount(dictionary.size());
        IntVector vector = (IntVector) root.getVector(0);
        for (int i = 0; i < indices.length; i++) {
            vector.setSafe(i, indices[i]);
        }
        root.setRowCount(indices.length);
    }

    @ParameterizedTest
    @EnumSource
    void filesAndChannelsArePutToo(Way way) throws IOException {
        Path file =
                Files.write(
                        temporary.scratch().resolve("table.arrows"),
                        streamWithChangingDictionary());
        try (Shelf shelf = served.connect(way)) {
            assertThat(shelf.put("file", file).rows()).isEqualTo(6);
            try (var channel = Files.newByteChannel(file)) {
                assertThat(
                                shelf.put("channel", VectorSource.of(channel), PutOptions.DEFAULT)
                                        .rows())
                        .isEqualTo(6);
            }
            try (ShelfTable one = shelf.get("file");
                    ShelfTable other = shelf.get("channel")) {
                assertThat(TableContent.of(one)).isEqualTo(TableContent.of(other));
            }
            assertThatThrownBy(() -> shelf.put("none", file.resolveSibling("none")))
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.IO));
        }
    }

    @ParameterizedTest
    @EnumSource
    void largeBatchesGoThroughWhole(Way way) {
        int rows = 12_000_000; // more than one Flight message takes
        try (Shelf shelf = served.connect(way);
                TableBuilder builder = shelf.builder("large", longs("x"))) {
            BigIntVector vector = (BigIntVector) builder.root(rows).getVector(0);
            for (int row = 0; row < rows; row++) {
                vector.setSafe(row, row * 3L);
            }
            builder.root().setRowCount(rows);
            builder.seal();
            try (ShelfTable table = shelf.get("large");
                    ArrowReader reader = table.reader(TableSlice.ALL, allocator)) {
                long row = 0;
                while (reader.loadNextBatch()) {
                    BigIntVector read = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                    for (int i = 0; i < read.getValueCount(); i += 1000) {
                        assertThat(read.get(i)).isEqualTo((row + i) * 3L);
                    }
                    row += read.getValueCount();
                }
                assertThat(row).isEqualTo(rows);
            } catch (IOException failure) {
                throw new AssertionError(failure);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void tablesAreListedDescribedAndDeleted(Way way) {
        try (Shelf shelf = served.connect(way)) {
            assertThat(shelf.list()).isEmpty();
            assertThat(shelf.find("one")).isNull();
            assertThat(shelf.info("one")).isNull();
            assertThatThrownBy(() -> shelf.get("one"))
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND));
            TableInfo one = put(shelf, "one", 3);
            TableInfo other = put(shelf, "../\u0000 ø \uD83D\uDE80", 300_000);
            assertThat(shelf.list()).containsExactlyInAnyOrder(one, other);
            assertThat(shelf.status().tables()).isEqualTo(2);
            assertThat(shelf.status().directory()).isEqualTo(temporary.directory().toString());
            assertThat(shelf.delete("one")).isTrue();
            assertThat(shelf.delete("one")).isFalse();
            assertThat(shelf.deleteAll()).isEqualTo(1);
            assertThat(shelf.list()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void errorsKeepTheirCodes(Way way) {
        try (Shelf shelf = served.connect(way)) {
            put(shelf, "taken", 3);
            try (VectorSchemaRoot root = filled(3)) {
                assertCode(
                        ErrorCode.ALREADY_EXISTS,
                        () -> shelf.put("taken", root, PutOptions.DEFAULT.withReplace(false)));
                assertCode(ErrorCode.INVALID_KEY, () -> shelf.put("", root));
                assertCode(ErrorCode.INVALID_KEY, () -> shelf.put("x".repeat(65_536), root));
            }
            try (VectorSchemaRoot root = filled(70_000_000)) {
                assertCode(ErrorCode.OUT_OF_MEMORY, () -> shelf.put("too large", root));
            }
            assertThat(shelf.list()).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aClosedShelfSaysSo(Way way) {
        Shelf shelf = served.connect(way);
        shelf.close();
        assertCode(ErrorCode.CLOSED, shelf::status);
        assertCode(ErrorCode.CLOSED, shelf::list);
        assertCode(ErrorCode.CLOSED, () -> shelf.find("x"));
    }

    private static void assertCode(ErrorCode code, Runnable action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure ->
                                assertThat(failure.code())
                                        .as(failure.getMessage())
                                        .isEqualTo(code));
    }

    @Test
    void aReplacedTableIsNotStreamedUnderItsOldHandle() {
        try (Shelf shelf = served.connect(Way.STREAMED)) {
            put(shelf, "table", 3);
            try (ShelfTable old = shelf.get("table")) {
                put(shelf, "table", 5);
                assertCode(ErrorCode.NOT_FOUND, old::reader);
            }
            try (ShelfTable table = shelf.get("table")) {
                assertThat(TableContent.of(table).rows()).hasSize(5);
            }
        }
    }

    @Test
    void aStreamThatIsNotReadToItsEndHoldsNothing() throws IOException {
        try (Shelf shelf = served.connect(Way.STREAMED)) {
            put(shelf, "table", 5_000_000);
            try (ShelfTable table = shelf.get("table");
                    ArrowReader reader = table.reader(TableSlice.ALL, allocator)) {
                assertThat(reader.getVectorSchemaRoot().getSchema()).isEqualTo(longs("x"));
            }
            assertThat(allocator.getAllocatedMemory()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void tablesAreExportedAsCStreams(Way way) throws IOException {
        try (Shelf shelf = served.connect(way)) {
            put(shelf, "table", 1000);
            try (ShelfTable table = shelf.get("table");
                    ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
                table.exportTo(stream);
                try (ArrowReader reader = Data.importArrayStream(allocator, stream)) {
                    assertThat(reader.loadNextBatch()).isTrue();
                    assertThat(reader.getVectorSchemaRoot().getRowCount()).isEqualTo(1000);
                }
            }
        }
    }

    @Test
    void aDaemonInAnotherDirectoryIsAskedAndThenMapped() {
        try (Shelf shelf = ShelfClient.connect(served.address().toString())) {
            put(shelf, "table", 3);
            assertThat(shelf).isInstanceOf(LocalShelf.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void nobodyThereNamesTheAddressTheCauseAndTheCommand(Way way) {
        Address address = served.address();
        served.close();
        assertThatThrownBy(() ->
                        ShelfClient.connect(
                                ClientOptions.of(address).withForcedStreaming(way == Way.STREAMED)))
                .hasMessageContaining(address.toString())
                .hasMessageContaining("Connection refused")
                .hasMessageContaining("arrowshelf server")
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNAVAILABLE));
    }

    private static Schema longs(String name) {
        return new Schema(List.of(Field.nullable(name, new ArrowType.Int(64, true))));
    }

    private TableInfo put(Shelf shelf, String name, int rows) {
        try (VectorSchemaRoot root = filled(rows)) {
            return shelf.put(name, root);
        }
    }

    private VectorSchemaRoot filled(int rows) {
        VectorSchemaRoot root = VectorSchemaRoot.create(longs("x"), allocator);
        BigIntVector vector = (BigIntVector) root.getVector(0);
        vector.allocateNew(rows);
        vector.setValueCount(rows);
        root.setRowCount(rows);
        return root;
    }
}
