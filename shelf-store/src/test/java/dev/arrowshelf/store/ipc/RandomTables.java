package dev.arrowshelf.store.ipc;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Random valid tables of every Arrow type, nested ones and dictionaries within dictionaries
/// included.
final class RandomTables {
    private static final int DEEPEST = 3;
    private static final int MOST_ROWS = 40;

    private final RandomGenerator random;
    private final Map<Long, Field> dictionaries = new LinkedHashMap<>();
    private final Map<Long, Long> dictionaryLengths = new LinkedHashMap<>();

    RandomTables(RandomGenerator random) {
        this.random = random;
    }

    /// Returns the types that need no children, one of each.
    static List<ArrowType> flatTypes() {
        List<ArrowType> types = new ArrayList<>();
        types.add(new ArrowType.Null());
        types.add(new ArrowType.Bool());
        for (int bits = 8; bits <= 64; bits *= 2) {
            types.add(new ArrowType.Int(bits, true));
            types.add(new ArrowType.Int(bits, false));
        }
        for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
            types.add(new ArrowType.FloatingPoint(precision));
        }
        types.add(new ArrowType.Decimal(9, 2, 32));
        types.add(new ArrowType.Decimal(18, 2, 64));
        types.add(new ArrowType.Decimal(38, -2, 128));
        types.add(new ArrowType.Decimal(76, 40, 256));
        types.add(new ArrowType.Date(DateUnit.DAY));
        types.add(new ArrowType.Date(DateUnit.MILLISECOND));
        for (TimeUnit unit : TimeUnit.values()) {
            boolean coarse = unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND;
            types.add(new ArrowType.Time(unit, coarse ? 32 : 64));
            types.add(new ArrowType.Timestamp(unit, "Europe/Berlin"));
            types.add(new ArrowType.Timestamp(unit, null));
            types.add(new ArrowType.Duration(unit));
        }
        for (IntervalUnit unit : IntervalUnit.values()) {
            types.add(new ArrowType.Interval(unit));
        }
        types.add(new ArrowType.FixedSizeBinary(0));
        types.add(new ArrowType.FixedSizeBinary(5));
        types.add(new ArrowType.Binary());
        types.add(new ArrowType.Utf8());
        types.add(new ArrowType.LargeBinary());
        types.add(new ArrowType.LargeUtf8());
        types.add(new ArrowType.BinaryView());
        types.add(new ArrowType.Utf8View());
        return types;
    }

    /// Returns the types that have children.
    static List<ArrowType> nestedTypes() {
        return List.of(
                new ArrowType.List(),
                new ArrowType.LargeList(),
                new ArrowType.ListView(),
                new ArrowType.LargeListView(),
                new ArrowType.FixedSizeList(3),
                new ArrowType.FixedSizeList(0),
                new ArrowType.Map(false),
                new ArrowType.Struct(),
                new ArrowType.Union(UnionMode.Sparse, null),
                new ArrowType.Union(UnionMode.Dense, new int[] {7, 120}),
                new ArrowType.RunEndEncoded());
    }

    /// Returns a schema of some random columns.
    Schema schema(int columns) {
        List<Field> fields = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            fields.add(field("c" + i, 0));
        }
        return new Schema(fields, Map.of("made by", "a test"));
    }

    /// Returns a schema with one column of each type, each also as a dictionary where that makes
    /// sense.
    Schema schemaOfEveryType() {
        List<Field> fields = new ArrayList<>();
        List<ArrowType> types = new ArrayList<>(flatTypes());
        types.addAll(nestedTypes());
        for (ArrowType type : types) {
            fields.add(field("f" + fields.size(), type, null, 1));
            fields.add(field("f" + fields.size(), type, encoding(), 1));
        }
        return new Schema(fields);
    }

    /// Writes all messages of a table of the schema that was made last: dictionaries, batches,
    /// deltas.
    ///
    /// @param replacing whether dictionaries may also be replaced between batches
    void write(Schema schema, IpcBytes to, boolean replacing) {
        to.begin();
        dictionaries.forEach(
                (id, values) -> to.dictionary(id, false, dictionary(id, values, false)));
        int batches = random.nextInt(4);
        for (int i = 0; i < batches; i++) {
            TestBatch batch = new TestBatch(rows());
            schema.getFields().forEach(field -> column(batch, field, batch.rows));
            to.batch(batch);
            updateDictionaries(to, replacing);
        }
    }

    /// Whoever replaces a dictionary replaces those whose values refer to it too.
    private void updateDictionaries(IpcBytes to, boolean replacing) {
        boolean replaced = false;
        for (Map.Entry<Long, Field> entry : dictionaries.entrySet()) {
            if (replaced || random.nextInt(4) == 0) {
                replaced |= replacing && random.nextBoolean();
                to.dictionary(
                        entry.getKey(),
                        !replaced,
                        dictionary(entry.getKey(), entry.getValue(), !replaced));
            }
        }
    }

    private TestBatch dictionary(long id, Field values, boolean delta) {
        TestBatch batch = new TestBatch(rows());
        values(batch, values, batch.rows);
        dictionaryLengths.merge(id, batch.rows, (before, more) -> delta ? before + more : more);
        return batch;
    }

    private long rows() {
        return random.nextInt(5) == 0 ? 0 : random.nextInt(MOST_ROWS);
    }

    private Field field(String name, int depth) {
        List<ArrowType> flat = flatTypes();
        List<ArrowType> nested = nestedTypes();
        boolean nest = depth < DEEPEST && random.nextInt(3) == 0;
        ArrowType type =
                nest
                        ? nested.get(random.nextInt(nested.size()))
                        : flat.get(random.nextInt(flat.size()));
        return field(name, type, random.nextInt(4) == 0 ? encoding() : null, depth);
    }

    private DictionaryEncoding encoding() {
        int bits = 8 << random.nextInt(4);
        boolean signed = random.nextBoolean();
        return new DictionaryEncoding(random.nextLong(), false, new ArrowType.Int(bits, signed));
    }

    private Field field(
            String name, ArrowType type, @Nullable DictionaryEncoding encoding, int depth) {
        List<Field> children = new ArrayList<>();
        switch (type.getTypeID()) {
            case List, LargeList, ListView, LargeListView, FixedSizeList ->
                    children.add(field("item", depth + 1));
            case Struct -> {
                for (int i = random.nextInt(3); i > 0; i--) {
                    children.add(field("s" + i, depth + 1));
                }
            }
            case Union -> {
                children.add(field("u0", depth + 1));
                children.add(field("u1", depth + 1));
            }
            case Map -> children.add(entries(depth));
            case RunEndEncoded -> {
                ArrowType ends = new ArrowType.Int(16 << random.nextInt(3), true);
                children.add(new Field("run_ends", FieldType.notNullable(ends), null));
                children.add(field("values", depth + 1));
            }
            default -> {}
        }
        Field field =
                new Field(
                        name, new FieldType(true, type, encoding, Map.of("field", name)), children);
        if (encoding != null) {
            dictionaries.put(encoding.getId(), field);
        }
        return field;
    }

    private Field entries(int depth) {
        Field key = new Field("key", FieldType.notNullable(new ArrowType.Utf8()), null);
        List<Field> pair = List.of(key, field("value", depth + 1));
        return new Field("entries", FieldType.notNullable(new ArrowType.Struct()), pair);
    }

    private void column(TestBatch batch, Field field, long length) {
        DictionaryEncoding encoding = field.getDictionary();
        if (encoding == null) {
            values(batch, field, length);
            return;
        }
        int bits = encoding.getIndexType().getBitWidth();
        long limit = dictionaryLengths.getOrDefault(encoding.getId(), 0L);
        boolean allNull = limit == 0 && length > 0;
        long[] indices = new long[(int) length];
        for (int i = 0; i < length && limit > 0; i++) {
            indices[i] =
                    random.nextLong(Math.min(limit, (1L << (bits - 2)) - 1 + (1L << (bits - 2))));
        }
        nodeAndValidity(batch, field, length, allNull);
        batch.buffer(numbers(indices, bits / 8));
    }

    private void values(TestBatch batch, Field field, long length) {
        if (field.getType() instanceof ArrowType.Null) {
            batch.node(length, length);
            return;
        }
        switch (field.getType().getTypeID()) {
            case Union -> union(batch, field, length);
            case RunEndEncoded -> runs(batch, field, length);
            default -> {
                nodeAndValidity(batch, field, length, false);
                withValidity(batch, field, length);
            }
        }
    }

    private void withValidity(TestBatch batch, Field field, long length) {
        List<Field> children = field.getChildren();
        switch (field.getType().getTypeID()) {
            case Binary, Utf8 -> batch.buffer(text(batch, length, 4));
            case LargeBinary, LargeUtf8 -> batch.buffer(text(batch, length, 8));
            case BinaryView, Utf8View -> views(batch, length);
            case List, Map -> column(batch, children.getFirst(), offsets(batch, length, 4));
            case LargeList -> column(batch, children.getFirst(), offsets(batch, length, 8));
            case ListView -> column(batch, children.getFirst(), listViews(batch, length, 4));
            case LargeListView -> column(batch, children.getFirst(), listViews(batch, length, 8));
            case FixedSizeList -> {
                int size = ((ArrowType.FixedSizeList) field.getType()).getListSize();
                column(batch, children.getFirst(), length * size);
            }
            case Struct -> children.forEach(child -> column(batch, child, length));
            default -> batch.buffer(bytes((length * bits(field.getType()) + 7) / 8));
        }
    }

    private void nodeAndValidity(TestBatch batch, Field field, long length, boolean allNull) {
        boolean nulls = allNull || (field.isNullable() && length > 0 && random.nextBoolean());
        byte[] validity = nulls ? new byte[(int) (length + 7) / 8] : new byte[0];
        long count = 0;
        for (int i = 0; i < length && nulls; i++) {
            boolean valid = !allNull && random.nextInt(3) > 0;
            validity[i / 8] |= (byte) ((valid ? 1 : 0) << (i % 8));
            count += valid ? 0 : 1;
        }
        batch.node(length, count).buffer(validity);
    }

    private void union(TestBatch batch, Field field, long length) {
        ArrowType.Union union = (ArrowType.Union) field.getType();
        int[] ids = union.getTypeIds() == null ? new int[] {0, 1} : union.getTypeIds();
        boolean dense = union.getMode() == UnionMode.Dense;
        long[] types = new long[(int) length];
        long[] offsets = new long[(int) length];
        long[] lengths = new long[2];
        for (int i = 0; i < length; i++) {
            int child = random.nextInt(2);
            types[i] = ids[child];
            offsets[i] = lengths[child]++;
        }
        batch.node(length, 0).buffer(numbers(types, 1));
        if (dense) {
            batch.buffer(numbers(offsets, 4));
        }
        for (int i = 0; i < 2; i++) {
            column(batch, field.getChildren().get(i), dense ? lengths[i] : length);
        }
    }

    private void runs(TestBatch batch, Field field, long length) {
        batch.node(length, 0);
        int runs = length == 0 ? 0 : 1 + random.nextInt((int) length);
        long[] ends = new long[runs];
        for (int i = 0; i < runs; i++) {
            ends[i] = i == runs - 1 ? length + random.nextInt(2) : i + 1L;
        }
        int width = ((ArrowType.Int) field.getChildren().getFirst().getType()).getBitWidth() / 8;
        batch.node(runs, 0).buffer().buffer(numbers(ends, width));
        column(batch, field.getChildren().getLast(), runs);
    }

    /// Adds offsets and returns what they end at, or a little more.
    private long offsets(TestBatch batch, long length, int width) {
        if (length == 0 && random.nextBoolean()) {
            batch.buffer();
            return 0;
        }
        long[] offsets = new long[(int) length + 1];
        offsets[0] = random.nextInt(3);
        for (int i = 1; i <= length; i++) {
            offsets[i] = offsets[i - 1] + random.nextInt(4);
        }
        batch.buffer(numbers(offsets, width));
        return offsets[(int) length] + random.nextInt(2);
    }

    private byte[] text(TestBatch batch, long length, int width) {
        byte[] text = bytes(offsets(batch, length, width));
        for (int i = 0; i < text.length; i++) {
            text[i] &= 0x7f;
        }
        return text;
    }

    private long listViews(TestBatch batch, long length, int width) {
        int childLength = random.nextInt(20);
        long[] offsets = new long[(int) length];
        long[] sizes = new long[(int) length];
        for (int i = 0; i < length; i++) {
            offsets[i] = random.nextInt(childLength + 1);
            sizes[i] = random.nextInt(childLength - (int) offsets[i] + 1);
        }
        batch.buffer(numbers(offsets, width)).buffer(numbers(sizes, width));
        return childLength;
    }

    private void views(TestBatch batch, long length) {
        int dataBuffers = random.nextInt(3);
        int[] words = new int[4 * (int) length];
        for (int i = 0; i < words.length; i += 4) {
            words[i] = dataBuffers > 0 && random.nextBoolean() ? 13 + random.nextInt(10) : 0;
            if (words[i] > 12) {
                words[i + 1] = 0x61616161;
                words[i + 2] = random.nextInt(dataBuffers);
                words[i + 3] = random.nextInt(40 - words[i] + 1);
            } else {
                words[i] = random.nextInt(5);
                words[i + 1] = 0x61616161 & (int) ((1L << (8 * words[i])) - 1);
            }
        }
        batch.dataBuffers(dataBuffers).ints(words);
        for (int i = 0; i < dataBuffers; i++) {
            batch.buffer("a".repeat(40).getBytes(StandardCharsets.US_ASCII));
        }
    }

    private byte[] bytes(long length) {
        byte[] bytes = new byte[(int) length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] numbers(long[] values, int width) {
        byte[] bytes = new byte[values.length * width];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i / width] >>> (8 * (i % width)));
        }
        return bytes;
    }

    private static int bits(ArrowType type) {
        return switch (type) {
            case ArrowType.Bool _ -> 1;
            case ArrowType.Int number -> number.getBitWidth();
            case ArrowType.FloatingPoint number ->
                    switch (number.getPrecision()) {
                        case HALF -> 16;
                        case SINGLE -> 32;
                        case DOUBLE -> 64;
                    };
            case ArrowType.Decimal decimal -> decimal.getBitWidth();
            case ArrowType.Date date -> date.getUnit() == DateUnit.DAY ? 32 : 64;
            case ArrowType.Time time -> time.getBitWidth();
            case ArrowType.Timestamp _, ArrowType.Duration _ -> 64;
            case ArrowType.Interval interval ->
                    switch (interval.getUnit()) {
                        case YEAR_MONTH -> 32;
                        case DAY_TIME -> 64;
                        case MONTH_DAY_NANO -> 128;
                    };
            case ArrowType.FixedSizeBinary binary -> 8 * binary.getByteWidth();
            default -> throw new AssertionError("no fixed width: type=" + type);
        };
    }
}
