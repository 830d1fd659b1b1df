package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tables whose vectors lie on the shelf before they are a table.
final class TableBuilderTest {
    private static final Schema NUMBERS =
            new Schema(
                    List.of(
                            Field.notNullable(
                                    "a",
                                    new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
                            Field.nullable("b", new ArrowType.Int(32, true))));

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    static Stream<Field> fields() {
        return EveryType.fields().stream().filter(field -> field.getDictionary() == null);
    }

    @ParameterizedTest
    @MethodSource("fields")
    void everyTypeCanBeBuiltInPlace(Field field) {
        Shelf shelf = temporary.shelf(temporary.options().withSmallTableLimit(0));
        for (int rows : List.of(0, 1, 1000, 20_000)) {
            TableContent expected;
            try (TableBuilder builder = shelf.builder("t", new Schema(List.of(field)))) {
                tables.fill(builder.root(), rows, builder.allocator());
                expected = TableContent.of(builder.root(), builder.dictionaries());
                assertThat(builder.seal().rows()).isEqualTo(rows);
                assertThat(TableContent.of(builder.root(), builder.dictionaries()))
                        .as("after the seal")
                        .isEqualTo(expected);
            }
            try (ShelfTable table = shelf.get("t")) {
                assertThat(TableContent.of(table))
                        .as("%s, rows=%d", tables, rows)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void theBytesStayWhereTheyWereWritten() {
        Shelf shelf = temporary.shelf();
        try (TableBuilder builder = shelf.builder("t", NUMBERS)) {
            VectorSchemaRoot root = builder.root(100_000);
            fill(root, 100_000);
            assertThat(OpenResources.fileAt(root.getVector(0).getDataBufferAddress()))
                    .contains("/tmp/");
            builder.seal();
            assertThat(OpenResources.fileAt(root.getVector(0).getDataBufferAddress()))
                    .contains("/segments/");
            assertThat(((Float8Vector) root.getVector(0)).get(77)).isEqualTo(38.5);
            check(shelf, 100_000);
        }
        check(shelf, 100_000);
    }

    @Test
    void vectorsGrowAsTheyAreFilled() {
        Shelf shelf = temporary.shelf();
        try (TableBuilder builder = shelf.builder("t", NUMBERS, 1 << 16)) {
            VectorSchemaRoot root = builder.root();
            for (int row = 0; row < 1_500_000; row++) {
                ((Float8Vector) root.getVector(0)).setSafe(row, row * 0.5);
                if (row % 3 != 0) {
                    ((IntVector) root.getVector(1)).setSafe(row, row);
                }
            }
            root.setRowCount(1_500_000);
            builder.seal();
        }
        check(shelf, 1_500_000);
    }

    @Test
    void textOfAnyLengthIsBuiltInPlace() {
        Shelf shelf = temporary.shelf();
        Schema schema = new Schema(List.of(Field.nullable("text", new ArrowType.Utf8())));
        try (TableBuilder builder = shelf.builder("t", schema)) {
            VarCharVector text = (VarCharVector) builder.root().getVector(0);
            for (int row = 0; row < 50_000; row++) {
                text.setSafe(row, "value ".repeat(row % 11).getBytes(StandardCharsets.UTF_8));
            }
            builder.root().setRowCount(50_000);
            builder.seal();
            try (ShelfTable table = shelf.get("t")) {
                assertThat(TableContent.of(table))
                        .isEqualTo(TableContent.of(builder.root(), builder.dictionaries()));
            }
        }
    }

    @Test
    void aTableWithDictionariesIsCopied() {
        Shelf shelf = temporary.shelf();
        DictionaryEncoding encoding = new DictionaryEncoding(1, false, new ArrowType.Int(32, true));
        Field field =
                new Field("word", new FieldType(true, encoding.getIndexType(), encoding), null);
        try (TableBuilder builder = shelf.builder("t", new Schema(List.of(field)));
                VarCharVector plain = new VarCharVector("plain", allocator)) {
            VarCharVector words = new VarCharVector("words", builder.allocator());
            words.setSafe(0, "one".getBytes(StandardCharsets.UTF_8));
            words.setSafe(1, "two".getBytes(StandardCharsets.UTF_8));
            words.setValueCount(2);
            Dictionary dictionary = new Dictionary(words, encoding);
            builder.dictionaries().put(dictionary);
            for (int row = 0; row < 10; row++) {
                plain.setSafe(
                        row,
                        row % 2 == 0
                                ? "one".getBytes(StandardCharsets.UTF_8)
                                : "two".getBytes(StandardCharsets.UTF_8));
            }
            plain.setValueCount(10);
            try (IntVector encoded = (IntVector) DictionaryEncoder.encode(plain, dictionary)) {
                for (int row = 0; row < 10; row++) {
                    ((IntVector) builder.root().getVector(0)).setSafe(row, encoded.get(row));
                }
            }
            builder.root().setRowCount(10);
            builder.seal();
        }
        try (ShelfTable table = shelf.get("t")) {
            assertThat(TableContent.of(table).rows())
                    .hasSize(10)
                    .contains(List.of("one"), List.of("two"));
        }
    }

    @Test
    void aSmallTableGoesIntoASlab() {
        Shelf shelf = temporary.shelf();
        try (TableBuilder builder = shelf.builder("t", NUMBERS)) {
            fill(builder.root(100), 100);
            TableInfo info = builder.seal();
            assertThat(info.bytes()).isLessThan(8192);
        }
        check(shelf, 100);
    }

    @Test
    void rowsThatFillNoUnitAreMovedWhereTheyMustBe() {
        Shelf shelf = temporary.shelf(temporary.options().withSmallTableLimit(0));
        for (int rows : List.of(1, 5, 63, 65, 1001, 12_345)) {
            try (TableBuilder builder = shelf.builder("t", NUMBERS)) {
                ((Float8Vector) builder.root().getVector(0)).allocateNew(rows);
                ((IntVector) builder.root().getVector(1)).allocateNew(rows);
                fill(builder.root(), rows);
                builder.seal();
            }
            check(shelf, rows);
        }
    }

    @Test
    void withoutASealNothingIsThere() {
        Shelf shelf = temporary.shelf();
        try (TableBuilder builder = shelf.builder("t", NUMBERS)) {
            fill(builder.root(100_000), 100_000);
        }
        assertThat(shelf.find("t")).isNull();
        assertThat(shelf.list()).isEmpty();
    }

    @Test
    void aTableIsSealedOnce() {
        Shelf shelf = temporary.shelf();
        TableBuilder builder = shelf.builder("t", NUMBERS);
        fill(builder.root(100_000), 100_000);
        builder.seal();
        assertThatThrownBy(builder::seal)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sealed already");
        assertThatThrownBy(() -> builder.allocator().buffer(10))
                .isInstanceOf(IllegalStateException.class);
        builder.close();
        builder.close();
        EmbeddedShelfTest.assertThatCode(builder::seal, ErrorCode.CLOSED, "closed");
        EmbeddedShelfTest.assertThatCode(builder::root, ErrorCode.CLOSED, "closed");
    }

    @Test
    void vectorsOutliveTheirBuilder() {
        Shelf shelf = temporary.shelf();
        BigIntVector kept;
        Schema schema = new Schema(List.of(Field.notNullable("n", new ArrowType.Int(64, true))));
        try (TableBuilder builder = shelf.builder("t", schema)) {
            BigIntVector vector = (BigIntVector) builder.root(50_000).getVector(0);
            for (int row = 0; row < 50_000; row++) {
                vector.set(row, row);
            }
            builder.root().setRowCount(50_000);
            builder.seal();
            kept = (BigIntVector) vector.getTransferPair(builder.allocator()).getTo();
            vector.makeTransferPair(kept).transfer();
        }
        shelf.delete("t");
        temporary.close();
        assertThat(kept.get(49_999)).isEqualTo(49_999);
        kept.close();
    }

    @Test
    void aFullShelfIsAnOutOfMemoryAndTheBuilderCanBeClosed() {
        Shelf shelf =
                temporary.shelf(
                        temporary
                                .options()
                                .withMemoryLimit(ByteSize.parse("32MiB"))
                                .withWarmPool(new ByteSize(0)));
        try (TableBuilder builder = shelf.builder("t", NUMBERS)) {
            assertThatThrownBy(() -> builder.root(10_000_000))
                    .isInstanceOf(OutOfMemoryException.class)
                    .hasMessageContaining("limit");
            fill(builder.root(10_000), 10_000);
            builder.seal();
        }
        check(shelf, 10_000);
    }

    @Test
    void freedBuffersAreUsedAgain() {
        Shelf shelf =
                temporary.shelf(
                        temporary
                                .options()
                                .withMemoryLimit(ByteSize.parse("64MiB"))
                                .withWarmPool(new ByteSize(0)));
        try (TableBuilder builder = shelf.builder("t", NUMBERS)) {
            for (int round = 0; round < 100; round++) {
                try (ArrowBuf one = builder.allocator().buffer(3 << 20);
                        ArrowBuf two = builder.allocator().buffer(2 << 20)) {
                    one.setByte(0, 1);
                    two.setByte((2 << 20) - 1, 1);
                }
            }
        }
    }

    private static void fill(VectorSchemaRoot root, int rows) {
        Float8Vector a = (Float8Vector) root.getVector(0);
        IntVector b = (IntVector) root.getVector(1);
        for (int row = 0; row < rows; row++) {
            a.setSafe(row, row * 0.5);
            if (row % 3 != 0) {
                b.setSafe(row, row);
            }
        }
        root.setRowCount(rows);
    }

    private static void check(Shelf shelf, int rows) {
        try (ShelfTable table = shelf.get("t");
                ArrowReader reader = table.reader()) {
            assertThat(table.rowCount()).isEqualTo(rows);
            assertThat(reader.loadNextBatch()).isTrue();
            Float8Vector a = (Float8Vector) reader.getVectorSchemaRoot().getVector(0);
            IntVector b = (IntVector) reader.getVectorSchemaRoot().getVector(1);
            for (int row = 0; row < rows; row += 1 + rows / 1000) {
                assertThat(a.get(row)).isEqualTo(row * 0.5);
                assertThat(b.isNull(row)).isEqualTo(row % 3 == 0);
            }
            assertThat(a.getDataBufferAddress() % 64).isZero();
            assertThat(reader.loadNextBatch()).isFalse();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
