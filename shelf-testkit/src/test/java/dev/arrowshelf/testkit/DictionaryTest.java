package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSlice;
import dev.arrowshelf.store.table.VectorSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Dictionaries that stay, grow, or are replaced from one batch to the next.
final class DictionaryTest {
    private static final DictionaryEncoding ENCODING =
            new DictionaryEncoding(1, false, new ArrowType.Int(32, true));
    private static final PutOptions SEGMENTS = PutOptions.DEFAULT.withPartitions(1 << 20, 0);

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    @Test
    void aDictionaryThatStaysIsStoredOnce() throws IOException {
        List<List<String>> words = List.of(words(0, 50), words(0, 50), words(0, 50));
        assertThat(putAndCompare(words, SEGMENTS).partitions()).isEqualTo(1);
        putAndCompare(words, PutOptions.DEFAULT);
    }

    @Test
    void aDictionaryThatGrowsStaysInOnePartition() throws IOException {
        List<List<String>> words = List.of(words(0, 3), words(0, 10), words(0, 10), words(0, 900));
        assertThat(putAndCompare(words, SEGMENTS).partitions()).isEqualTo(1);
        putAndCompare(words, PutOptions.DEFAULT);
    }

    @Test
    void aDictionaryThatIsReplacedBeginsAPartition() throws IOException {
        List<List<String>> words = List.of(words(0, 5), words(5, 12), words(3, 6));
        assertThat(putAndCompare(words, SEGMENTS).partitions()).isEqualTo(3);
        assertThat(putAndCompare(words, PutOptions.DEFAULT).partitions()).isEqualTo(1);
    }

    @Test
    void emptyDictionariesGrowToo() throws IOException {
        List<List<String>> words = List.of(words(0, 0), words(0, 4), words(0, 9));
        putAndCompare(words, SEGMENTS);
        putAndCompare(words, PutOptions.DEFAULT);
    }

    @Test
    void aSliceBehindReplacedDictionariesIsDecodedWithTheRightOne() throws IOException {
        List<List<String>> words = List.of(words(0, 5), words(5, 12), words(5, 30), words(0, 4));
        for (PutOptions options : List.of(SEGMENTS, PutOptions.DEFAULT)) {
            putAndCompare(words, options);
            try (ShelfTable table = temporary.shelf().get("t")) {
                TableContent whole = TableContent.of(table);
                for (int offset = 0; offset < whole.rows().size(); offset += 3) {
                    TableSlice slice = TableSlice.ofRows(offset, 7);
                    assertThat(TableContent.of(table, slice)).isEqualTo(whole.slice(slice));
                }
                TableSlice plain = TableSlice.ofColumns("plain");
                assertThat(TableContent.of(table, plain)).isEqualTo(whole.slice(plain));
            }
        }
    }

    @Test
    void dictionariesInsideListsAndInsideDictionariesComeBack() throws IOException {
        Field inner =
                new Field("item", new FieldType(true, ENCODING.getIndexType(), ENCODING), null);
        DictionaryEncoding outer = new DictionaryEncoding(2, false, new ArrowType.Int(8, true));
        Field values = EveryType.nested("values", new ArrowType.List(), inner);
        Field column = new Field("nested", new FieldType(true, outer.getIndexType(), outer), null);
        try (VarCharVector text = text(words(0, 9));
                ListVector lists = (ListVector) values.createVector(allocator);
                VectorSchemaRoot root =
                        VectorSchemaRoot.create(new Schema(List.of(column, values)), allocator)) {
            fillLists(lists, 4);
            fillLists((ListVector) root.getVector(1), 6);
            FieldVector indices = root.getVector(0);
            indices.allocateNew();
            for (int row = 0; row < 6; row++) {
                ((TinyIntVector) indices).setSafe(row, row % 4);
            }
            root.setRowCount(6);
            MapDictionaryProvider provider =
                    new MapDictionaryProvider(
                            new Dictionary(text, ENCODING), new Dictionary(lists, outer));
            for (PutOptions options : List.of(PutOptions.DEFAULT, SEGMENTS)) {
                temporary.shelf().put("nested", VectorSource.of(root, provider), options);
                try (ShelfTable table = temporary.shelf().get("nested");
                        ArrowReader reader = table.reader()) {
                    assertThat(reader.loadNextBatch()).isTrue();
                    assertThat(reader.getDictionaryVectors().keySet())
                            .containsExactlyInAnyOrder(1L, 2L);
                    assertThat(reader.lookup(1).getVector().getObject(8))
                            .isEqualTo(text.getObject(8));
                    assertThat(reader.lookup(2).getVector().getObject(3))
                            .isEqualTo(lists.getObject(3));
                    assertThat(reader.getVectorSchemaRoot().getVector(1).getObject(5))
                            .isEqualTo(root.getVector(1).getObject(5));
                }
            }
        }
    }

    private static void fillLists(ListVector lists, int count) {
        IntVector items = (IntVector) lists.getDataVector();
        lists.allocateNew();
        int at = 0;
        for (int row = 0; row < count; row++) {
            lists.startNewValue(row);
            for (int i = 0; i < row; i++) {
                items.setSafe(at, at++ % 9);
            }
            lists.endValue(row, row);
        }
        lists.setValueCount(count);
    }

    /// Puts batches whose rows go once through their dictionary, as a reader, a stream of
    /// arrow-java's writer, and the table that came out.
    private TableInfo putAndCompare(List<List<String>> dictionaries, PutOptions options)
            throws IOException {
        Shelf shelf = temporary.shelf();
        List<List<String>> expected = new ArrayList<>();
        byte[] stream = stream(dictionaries, expected);
        try (ArrowStreamReader reader =
                new ArrowStreamReader(new ByteArrayInputStream(stream), allocator)) {
            shelf.put("reader", reader, options);
        }
        try (ShelfTable stored = shelf.get("reader")) {
            assertThat(TableContent.of(stored).rows()).isEqualTo(expected);
        }
        TableInfo info =
                shelf.put(
                        "t",
                        VectorSource.of(Channels.newChannel(new ByteArrayInputStream(stream))),
                        options);
        try (ShelfTable stored = shelf.get("t");
                ArrowReader reader = stored.reader()) {
            assertThat(TableContent.of(stored).rows()).isEqualTo(expected);
            info = shelf.put("again", reader, options);
        }
        try (ShelfTable stored = shelf.get("again")) {
            assertThat(TableContent.of(stored).rows()).isEqualTo(expected);
        }
        return info;
    }

    private byte[] stream(List<List<String>> dictionaries, List<List<String>> expected)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Field encoded =
                new Field("encoded", new FieldType(true, ENCODING.getIndexType(), ENCODING), null);
        Field plain = Field.nullable("plain", new ArrowType.Int(32, true));
        try (VarCharVector dictionary = text(List.of());
                VectorSchemaRoot root =
                        VectorSchemaRoot.create(new Schema(List.of(plain, encoded)), allocator);
                ArrowStreamWriter writer =
                        new ArrowStreamWriter(
                                root,
                                new MapDictionaryProvider(new Dictionary(dictionary, ENCODING)),
                                bytes)) {
            for (List<String> words : dictionaries) {
                fill(dictionary, words);
                for (int row = 0; row < words.size(); row++) {
                    ((IntVector) root.getVector(0)).setSafe(row, row * 7);
                    ((IntVector) root.getVector(1)).setSafe(row, row);
                    expected.add(List.of(Integer.toString(row * 7), words.get(row)));
                }
                root.setRowCount(words.size());
                writer.writeBatch();
            }
            writer.end();
        }
        return bytes.toByteArray();
    }

    private VarCharVector text(List<String> words) {
        VarCharVector vector = new VarCharVector("words", allocator);
        fill(vector, words);
        return vector;
    }

    private static void fill(VarCharVector vector, List<String> words) {
        vector.allocateNew();
        for (int i = 0; i < words.size(); i++) {
            vector.setSafe(i, words.get(i).getBytes(StandardCharsets.UTF_8));
        }
        vector.setValueCount(words.size());
    }

    private static List<String> words(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "word " + i).toList();
    }
}
