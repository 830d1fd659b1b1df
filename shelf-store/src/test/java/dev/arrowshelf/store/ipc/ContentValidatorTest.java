package dev.arrowshelf.store.ipc;

import static dev.arrowshelf.store.ipc.TestSchemas.field;
import static dev.arrowshelf.store.ipc.TestSchemas.int32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ContentValidatorTest {
    private static final Field TEXT = field("t", new ArrowType.Utf8());
    private static final Field LIST = field("l", new ArrowType.List(), int32("item"));
    private static final Field LIST_VIEW = field("v", new ArrowType.ListView(), int32("item"));
    private static final Field VIEW = field("v", new ArrowType.BinaryView());
    private static final Field DENSE =
            field(
                    "u",
                    new ArrowType.Union(UnionMode.Dense, new int[] {3, 5}),
                    int32("a"),
                    int32("b"));
    private static final Field RUNS =
            field("r", new ArrowType.RunEndEncoded(), ends(), int32("values"));
    private static final Field STRUCT = field("s", new ArrowType.Struct(), int32("a"));
    private static final Field FIXED = field("f", new ArrowType.FixedSizeList(2), int32("item"));
    private static final Field MAP = field("m", new ArrowType.Map(false), entries());

    private static Field ends() {
        return new Field("run_ends", FieldType.notNullable(new ArrowType.Int(32, true)), null);
    }

    private static Field key() {
        return new Field("key", FieldType.notNullable(new ArrowType.Int(32, true)), null);
    }

    private static Field entries() {
        Field pair = field("entries", new ArrowType.Struct(), key(), int32("value"));
        return new Field(
                "entries", FieldType.notNullable(new ArrowType.Struct()), pair.getChildren());
    }

    private static TestBatch rows(long rows) {
        return new TestBatch(rows).node(rows, 0);
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                arguments(
                        "offset is negative or decreases",
                        TEXT,
                        rows(2).buffer().ints(0, 3, 2).buffer(new byte[9])),
                arguments(
                        "row=0, value=-1", TEXT, rows(1).buffer().ints(-1, 3).buffer(new byte[9])),
                arguments(
                        "row=1, value=-5", TEXT, rows(1).buffer().ints(0, -5).buffer(new byte[9])),
                arguments(
                        "beyond the data, limit=2",
                        TEXT,
                        rows(1).buffer().ints(0, 3).buffer(new byte[2])),
                arguments(
                        "beyond the data, limit=1",
                        LIST,
                        rows(1).buffer().ints(0, 2).node(1, 0).buffer().ints(7)),
                arguments(
                        "list view lies outside",
                        LIST_VIEW,
                        rows(1).buffer().ints(1).ints(1).node(1, 0).buffer().ints(7)),
                arguments(
                        "size=-1",
                        LIST_VIEW,
                        rows(1).buffer().ints(0).ints(-1).node(1, 0).buffer().ints(7)),
                arguments(
                        "list view lies outside",
                        LIST_VIEW,
                        rows(1).buffer()
                                .ints(Integer.MAX_VALUE)
                                .ints(Integer.MAX_VALUE)
                                .node(1, 0)
                                .buffer()
                                .ints(7)),
                arguments(
                        "view points outside",
                        VIEW,
                        rows(1).dataBuffers(1).buffer().ints(13, 0, 0, 1).buffer(new byte[13])),
                arguments(
                        "buffer=1, offset=0, buffers=1",
                        VIEW,
                        rows(1).dataBuffers(1).buffer().ints(13, 0, 1, 0).buffer(new byte[13])),
                arguments(
                        "row=0, value=-1", VIEW, rows(1).dataBuffers(0).buffer().ints(-1, 0, 0, 0)),
                arguments(
                        "offset=-1",
                        VIEW,
                        rows(1).dataBuffers(1).buffer().ints(13, 0, 0, -1).buffer(new byte[99])),
                arguments(
                        "no such type id",
                        DENSE,
                        rows(1).buffer((byte) 4)
                                .ints(0)
                                .node(1, 0)
                                .buffer()
                                .ints(1)
                                .node(1, 0)
                                .buffer()
                                .ints(1)),
                arguments(
                        "no such type id",
                        DENSE,
                        rows(1).buffer((byte) -3)
                                .ints(0)
                                .node(1, 0)
                                .buffer()
                                .ints(1)
                                .node(1, 0)
                                .buffer()
                                .ints(1)),
                arguments(
                        "union offset lies outside",
                        DENSE,
                        rows(1).buffer((byte) 5)
                                .ints(1)
                                .node(9, 0)
                                .buffer()
                                .ints(new int[9])
                                .node(1, 0)
                                .buffer()
                                .ints(1)),
                arguments(
                        "union offset lies outside",
                        DENSE,
                        rows(1).buffer((byte) 5)
                                .ints(-1)
                                .node(1, 0)
                                .buffer()
                                .ints(1)
                                .node(1, 0)
                                .buffer()
                                .ints(1)),
                arguments(
                        "run end is not positive",
                        RUNS,
                        rows(2).node(1, 0).buffer().ints(0).node(1, 0).buffer().ints(1)),
                arguments(
                        "run end is not positive",
                        RUNS,
                        rows(2).node(2, 0).buffer().ints(2, 2).node(2, 0).buffer().ints(1, 1)),
                arguments(
                        "do not reach the length=2",
                        RUNS,
                        rows(2).node(1, 0).buffer().ints(1).node(1, 0).buffer().ints(1)),
                arguments(
                        "rows but no runs",
                        RUNS,
                        rows(2).node(0, 0).buffer().buffer().node(0, 0).buffer().buffer()),
                arguments(
                        "fewer values than runs",
                        RUNS,
                        rows(2).node(1, 0).buffer().ints(2).node(0, 0).buffer().buffer()),
                arguments(
                        "must not have nulls",
                        RUNS,
                        rows(2).node(1, 1).buffer((byte) 0).ints(2).node(1, 0).buffer().ints(1)),
                arguments("child is shorter", STRUCT, rows(2).buffer().node(1, 0).buffer().ints(1)),
                arguments(
                        "child is shorter",
                        FIXED,
                        rows(2).buffer().node(3, 0).buffer().ints(1, 2, 3)),
                arguments(
                        "must not have nulls",
                        MAP,
                        rows(0).buffer()
                                .buffer()
                                .node(1, 0)
                                .buffer()
                                .node(1, 1)
                                .buffer((byte) 0)
                                .ints(1)
                                .node(1, 0)
                                .buffer()
                                .ints(1)),
                arguments(
                        "validity are shorter",
                        int32("x"),
                        new TestBatch(9).node(9, 1).buffer((byte) 1).ints(new int[9])),
                arguments(
                        "validity are shorter",
                        int32("x"),
                        new TestBatch(9).node(9, 1).buffer().ints(new int[9])),
                arguments(
                        "validity are shorter",
                        int32("x"),
                        new TestBatch(2).node(2, -1).buffer().ints(1, 2)),
                arguments(
                        "null count is not that of the bitmap, found=2: column=x, stated=1",
                        int32("x"),
                        new TestBatch(3).node(3, 1).buffer((byte) 0x9).ints(1, 2, 3)),
                arguments(
                        "null count is not that of the bitmap, found=0",
                        int32("x"),
                        new TestBatch(3).node(3, 3).buffer((byte) 0xff).ints(1, 2, 3)),
                arguments(
                        "run-end encoded column must not have nulls of its own",
                        RUNS,
                        new TestBatch(2)
                                .node(2, 1)
                                .node(1, 0)
                                .buffer()
                                .ints(2)
                                .node(1, 0)
                                .buffer()
                                .ints(1)),
                arguments(
                        "union offset decreases within its child",
                        DENSE,
                        rows(3).buffer((byte) 5, (byte) 3, (byte) 5)
                                .ints(1, 0, 0)
                                .node(1, 0)
                                .buffer()
                                .ints(1)
                                .node(2, 0)
                                .buffer()
                                .ints(1, 2)),
                arguments(
                        "view begins with other bytes than its value",
                        VIEW,
                        rows(1).dataBuffers(1)
                                .buffer()
                                .ints(13, 0x01000000, 0, 0)
                                .buffer(new byte[13])),
                arguments(
                        "view has bytes behind its value",
                        VIEW,
                        rows(2).dataBuffers(0).buffer().ints(12, -1, -1, -1, 3, 0x010000ff, 0, 0)),
                arguments(
                        "row=0, value=11",
                        VIEW,
                        rows(1).dataBuffers(0).buffer().ints(11, 0, 0, 0x01000000)),
                arguments("row=0, value=0", VIEW, rows(1).dataBuffers(0).buffer().ints(0, 0, 1, 0)),
                arguments("values are shorter than needed=8", int32("x"), rows(2).buffer().ints(1)),
                arguments(
                        "impossible null count",
                        int32("x"),
                        new TestBatch(1).node(1, 2).buffer((byte) 1).ints(1)),
                arguments(
                        "impossible null count",
                        int32("x"),
                        new TestBatch(1).node(1, -2).buffer((byte) 1).ints(1)),
                arguments(
                        "not as long as its batch",
                        int32("x"),
                        new TestBatch(2).node(1, 0).buffer().ints(1)),
                arguments(
                        "negative length",
                        int32("x"),
                        new TestBatch(-1).node(-1, 0).buffer().ints(1)),
                arguments(
                        "impossibly long",
                        int32("x"),
                        new TestBatch(Long.MAX_VALUE).node(Long.MAX_VALUE, 0).buffer().ints(1)),
                arguments(
                        "offsets are shorter",
                        TEXT,
                        new TestBatch(Long.MAX_VALUE / 8)
                                .node(Long.MAX_VALUE / 8, 0)
                                .buffer()
                                .ints(1)
                                .buffer()),
                arguments("field nodes: found=2", int32("x"), rows(1).node(1, 0).buffer().ints(1)),
                arguments("buffers: found=1", int32("x"), rows(1).buffer()),
                arguments(
                        "counts of data buffers: found=0", VIEW, rows(1).buffer().ints(0, 0, 0, 0)),
                arguments(
                        "count of data buffers is impossible",
                        VIEW,
                        rows(1).dataBuffers(-1).buffer().ints(0, 0, 0, 0)));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void refuses(String part, Field column, TestBatch batch) {
        byte[] stream = new IpcBytes(TestSchemas.of(column)).begin().batch(batch).end();

        assertThatThrownBy(() -> ContentValidator.validate(MemorySegment.ofArray(stream), false))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_IPC))
                .hasMessageContaining(part)
                .hasMessageContaining("message=1");
        assertThatThrownBy(() -> SegmentMaker.make(MemorySegment.ofArray(stream), 0, false))
                .isInstanceOf(ShelfException.class);
        assertThatThrownBy(() -> SlabPayload.compose(MemorySegment.ofArray(stream), false, 65_536))
                .isInstanceOf(ShelfException.class);
    }

    static Stream<Arguments> right() {
        return Stream.of(
                arguments("rows without offsets", TEXT, rows(0).buffer().buffer().buffer()),
                arguments("one offset for no rows", TEXT, rows(0).buffer().ints(0).buffer()),
                arguments(
                        "longer buffers than needed",
                        TEXT,
                        rows(1).buffer(new byte[9]).ints(1, 2, 0, 9).buffer(new byte[9])),
                arguments(
                        "a null view may hold anything",
                        VIEW,
                        new TestBatch(1)
                                .node(1, 1)
                                .dataBuffers(0)
                                .buffer((byte) 0)
                                .ints(-7, 1, 2, 3)),
                arguments(
                        "run ends beyond the length",
                        RUNS,
                        rows(2).node(2, 0).buffer().ints(1, 9).node(3, 0).buffer().ints(1, 2, 3)),
                arguments(
                        "an unknown null count with a bitmap",
                        int32("x"),
                        new TestBatch(1).node(1, -1).buffer((byte) 1).ints(1)),
                arguments(
                        "an unknown null count without rows",
                        int32("x"),
                        new TestBatch(0).node(0, -1).buffer().buffer()),
                arguments(
                        "no nulls, whatever the bitmap says",
                        int32("x"),
                        new TestBatch(1).node(1, 0).buffer((byte) 0).ints(1)),
                arguments(
                        "the null count of a bitmap that ends in a word",
                        int32("x"),
                        new TestBatch(70)
                                .node(70, 66)
                                .buffer(
                                        (byte) 0xf,
                                        (byte) 0,
                                        (byte) 0,
                                        (byte) 0,
                                        (byte) 0,
                                        (byte) 0,
                                        (byte) 0,
                                        (byte) 0,
                                        (byte) 0xc0)
                                .ints(new int[70])),
                arguments(
                        "short and long views",
                        VIEW,
                        rows(4).dataBuffers(1)
                                .buffer()
                                .ints(0, 0, 0, 0, 4, -1, 0, 0, 12, -1, -1, -1, 13, 0x04030201, 0, 1)
                                .buffer(new byte[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})),
                arguments(
                        "union offsets that stay and grow",
                        DENSE,
                        rows(4).buffer((byte) 5, (byte) 3, (byte) 5, (byte) 5)
                                .ints(0, 0, 0, 1)
                                .node(1, 0)
                                .buffer()
                                .ints(1)
                                .node(2, 0)
                                .buffer()
                                .ints(1, 2)),
                arguments("no lists", LIST, rows(0).buffer().buffer().node(0, 0).buffer().buffer()),
                arguments(
                        "no runs",
                        RUNS,
                        rows(0).node(0, 0).buffer().buffer().node(0, 0).buffer().buffer()));
    }

    @ParameterizedTest
    @MethodSource("right")
    void accepts(String why, Field column, TestBatch batch) {
        byte[] stream = new IpcBytes(TestSchemas.of(column)).begin().batch(batch).end();

        assertDoesNotThrow(() -> SegmentMaker.make(MemorySegment.ofArray(stream), 0, true), why);
    }

    private static byte[] indexed(int bits, boolean signed, byte[] validity, byte[] indices) {
        Field column = TestSchemas.dictionary("d", 4, bits, signed);
        long rows = indices.length * 8L / bits;
        return new IpcBytes(TestSchemas.of(column))
                .begin()
                .dictionary(4, false, TestSchemas.letters("abc"))
                .batch(
                        new TestBatch(rows)
                                .node(rows, validity.length)
                                .buffer(validity)
                                .buffer(indices))
                .end();
    }

    @Test
    void refusesIndicesOutsideTheirDictionary() {
        for (int bits = 8; bits <= 64; bits *= 2) {
            refusesIndices(bits, true);
            refusesIndices(bits, false);
        }
    }

    private static void refusesIndices(int bits, boolean signed) {
        byte[] good = new byte[bits / 8 * 70];
        good[good.length - bits / 8] = 2;
        byte[] large = good.clone();
        large[large.length - bits / 8] = 3;
        byte[] negative = good.clone();
        Arrays.fill(negative, 0, bits / 8, (byte) -1);

        assertDoesNotThrow(() -> validate(indexed(bits, signed, new byte[0], good)));
        assertThatThrownBy(() -> validate(indexed(bits, signed, new byte[0], large)))
                .hasMessageContaining(
                        "index lies outside its dictionary, length=3: column=d, row=69, value=3");
        assertThatThrownBy(() -> validate(indexed(bits, signed, new byte[0], negative)))
                .hasMessageContaining("row=0");
    }

    @Test
    void doesNotLookAtIndicesOfNulls() {
        byte[] indices = {9, 1};
        assertDoesNotThrow(() -> validate(indexed(8, true, new byte[] {2}, indices)));
        assertThatThrownBy(() -> validate(indexed(8, true, new byte[] {1}, indices)))
                .hasMessageContaining("row=0, value=9");
    }

    @Test
    void checksTextOnlyWhenAsked() {
        byte[] half = "ä".getBytes(StandardCharsets.UTF_8);
        byte[] split =
                new IpcBytes(TestSchemas.of(TEXT))
                        .begin()
                        .batch(rows(2).buffer().ints(0, 1, 2).buffer(half))
                        .end();
        byte[] inNull =
                new IpcBytes(TestSchemas.of(TEXT))
                        .begin()
                        .batch(
                                new TestBatch(2)
                                        .node(2, 1)
                                        .buffer((byte) 2)
                                        .ints(0, 1, 2)
                                        .buffer((byte) -1, (byte) 65))
                        .end();
        byte[] view =
                new IpcBytes(TestSchemas.of(field("v", new ArrowType.Utf8View())))
                        .begin()
                        .batch(rows(1).dataBuffers(0).buffer().ints(1, 0xff, 0, 0))
                        .end();

        ContentValidator.validate(MemorySegment.ofArray(split), false);
        assertThatThrownBy(() -> validate(split)).hasMessageContaining("not UTF-8");
        assertDoesNotThrow(() -> validate(inNull));
        ContentValidator.validate(MemorySegment.ofArray(view), false);
        assertThatThrownBy(() -> validate(view)).hasMessageContaining("not UTF-8");
    }

    private static void validate(byte[] stream) {
        ContentValidator.validate(MemorySegment.ofArray(stream), true);
    }
}
