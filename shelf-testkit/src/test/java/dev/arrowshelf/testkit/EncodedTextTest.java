package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.encode.EncodedColumns;
import dev.arrowshelf.store.table.encode.EncodedField;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Text of few distinct values is stored as dictionaries when that is asked for.
final class EncodedTextTest {
    private static final PutOptions ENCODED = PutOptions.DEFAULT.withEncodedText(true);
    private static final int ROWS = 20_000;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final Random random = new Random(11);

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    @Test
    void textThatRepeatsItselfTakesLessRoomAndComesBack() {
        try (VectorSchemaRoot root = root()) {
            fill(root, 0, ROWS, 100);
            TableInfo plain = temporary.shelf().put("plain", root, PutOptions.DEFAULT);
            TableInfo encoded = temporary.shelf().put("encoded", root, ENCODED);
            assertThat(encoded.rows()).isEqualTo(ROWS);
            try (ShelfTable before = temporary.shelf().get("plain");
                    ShelfTable after = temporary.shelf().get("encoded")) {
                assertThat(TableContent.of(after).rows()).isEqualTo(TableContent.of(before).rows());
                assertThat(encodedNames(after)).containsExactly("word", "wide");
                assertThat(encodedNames(before)).isEmpty();
                long saved =
                        EncodedColumns.of(after).stream()
                                .mapToLong(EncodedColumns.Column::savedBytes)
                                .sum();
                assertThat(saved).isPositive();
                // buffers begin at multiples of 64, and dictionaries have heads
                assertThat(plain.bytes() - encoded.bytes()).isCloseTo(saved, within(4096));
            }
        }
    }

    @Test
    void slicesOfEncodedTablesAreThoseOfPlainOnes() {
        try (VectorSchemaRoot root = root()) {
            fill(root, 0, ROWS, 100);
            temporary.shelf().put("plain", root, PutOptions.DEFAULT);
            temporary.shelf().put("encoded", root, ENCODED.withPartitions(3000, 0));
            try (ShelfTable before = temporary.shelf().get("plain");
                    ShelfTable after = temporary.shelf().get("encoded")) {
                assertThat(after.partitionCount()).isEqualTo(7);
                for (int offset = 0; offset < ROWS + 10; offset += 1777) {
                    TableSlice slice = TableSlice.ofRows(offset, 1500);
                    assertThat(TableContent.of(after, slice).rows())
                            .isEqualTo(TableContent.of(before, slice).rows());
                }
            }
        }
    }

    @Test
    void theDictionariesOfAStreamGrow() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = root();
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            for (int words : List.of(20, 20, 700, 20)) {
                fill(root, 0, 4000, words);
                writer.writeBatch();
            }
            writer.end();
        }
        temporary.shelf().put("plain", stream(bytes), PutOptions.DEFAULT);
        temporary.shelf().put("encoded", stream(bytes), ENCODED);
        try (ShelfTable before = temporary.shelf().get("plain");
                ShelfTable after = temporary.shelf().get("encoded")) {
            assertThat(after.partitionCount()).isEqualTo(1);
            assertThat(encodedNames(after)).containsExactly("word", "wide");
            assertThat(TableContent.of(after).rows()).isEqualTo(TableContent.of(before).rows());
        }
    }

    @Test
    void textThatDoesNotRepeatItselfAndTablesWithoutRowsStayAsTheyAre() throws IOException {
        try (VectorSchemaRoot root = root()) {
            fill(root, 0, ROWS, 3 * ROWS);
            temporary.shelf().put("various", root, ENCODED);
            root.setRowCount(0);
            temporary.shelf().put("empty", root, ENCODED);
        }
        for (String name : List.of("various", "empty")) {
            try (ShelfTable table = temporary.shelf().get(name)) {
                assertThat(encodedNames(table)).isEmpty();
                assertThat(EncodedColumns.of(table)).isEmpty();
            }
        }
    }

    @Test
    void anEncodedTableIsPutAgainAsItIs() throws IOException {
        try (VectorSchemaRoot root = root()) {
            fill(root, 0, ROWS, 50);
            temporary.shelf().put("once", root, ENCODED);
            try (ShelfTable once = temporary.shelf().get("once");
                    ArrowReader reader = once.reader()) {
                temporary.shelf().put("twice", reader, ENCODED);
                try (ShelfTable twice = temporary.shelf().get("twice")) {
                    assertThat(encodedNames(twice)).containsExactly("word", "wide");
                    assertThat(TableContent.of(twice)).isEqualTo(TableContent.of(once));
                }
            }
        }
    }

    private static org.assertj.core.data.Offset<Long> within(long bytes) {
        return org.assertj.core.data.Offset.offset(bytes);
    }

    private static VectorSource stream(ByteArrayOutputStream bytes) {
        return VectorSource.of(Channels.newChannel(new ByteArrayInputStream(bytes.toByteArray())));
    }

    private static List<String> encodedNames(ShelfTable table) {
        return table.schema().getFields().stream()
                .filter(EncodedField::is)
                .map(Field::getName)
                .toList();
    }

    private VectorSchemaRoot root() {
        return VectorSchemaRoot.create(
                new Schema(
                        List.of(
                                new Field(
                                        "id",
                                        FieldType.notNullable(new ArrowType.Int(64, true)),
                                        null),
                                Field.nullable("word", new ArrowType.Utf8()),
                                Field.nullable("wide", new ArrowType.LargeUtf8()),
                                Field.nullable("own", new ArrowType.Utf8()))),
                allocator);
    }

    private void fill(VectorSchemaRoot root, int from, int rows, int words) {
        root.clear();
        root.allocateNew();
        for (int row = 0; row < rows; row++) {
            ((BigIntVector) root.getVector(0)).setSafe(row, from + row);
            byte[] word = text("word-é-", random.nextInt(words));
            if (random.nextInt(10) > 0) {
                ((VarCharVector) root.getVector(1)).setSafe(row, word);
            }
            ((LargeVarCharVector) root.getVector(2))
                    .setSafe(row, random.nextInt(7) == 0 ? new byte[0] : word);
            ((VarCharVector) root.getVector(3)).setSafe(row, text("own", from + row));
        }
        root.setRowCount(rows);
    }

    private static byte[] text(String begin, int number) {
        return (begin + number).getBytes(StandardCharsets.UTF_8);
    }
}
