package dev.arrowshelf.store.ipc;

import static dev.arrowshelf.store.ipc.TestSchemas.dictionary;
import static dev.arrowshelf.store.ipc.TestSchemas.field;
import static dev.arrowshelf.store.ipc.TestSchemas.int32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import org.apache.arrow.flatbuf.Decimal;
import org.apache.arrow.flatbuf.DictionaryEncoding;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.Null;
import org.apache.arrow.flatbuf.Struct_;
import org.apache.arrow.flatbuf.Time;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Utf8;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;

final class IpcSchemaTest {
    private static MemorySegment metadata(Schema schema) {
        return IpcScanner.scan(new IpcBytes(schema).begin().segment())
                .getFirst()
                .message()
                .metadata();
    }

    private static IpcSchema parse(Field... fields) {
        return IpcSchema.parse(metadata(TestSchemas.of(fields)));
    }

    private static void assertRefused(ErrorCode code, String part, MemorySegment metadata) {
        assertThatThrownBy(() -> IpcSchema.parse(metadata))
                .isInstanceOfSatisfying(
                        ShelfException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(part);
    }

    /// Builds a schema message whose fields arrow-java would not build.
    private static MemorySegment schema(ToIntFunction<FlatBufferBuilder> fields) {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int vector = fields.applyAsInt(builder);
        int schema =
                org.apache.arrow.flatbuf.Schema.createSchema(
                        builder, Endianness.Little, vector, 0, 0);
        return message(builder, MetadataVersion.V5, MessageHeader.Schema, schema);
    }

    private static MemorySegment message(
            FlatBufferBuilder builder, short version, byte type, int header) {
        builder.finish(Message.createMessage(builder, version, type, header, 0, 0));
        return MemorySegment.ofArray(builder.sizedByteArray());
    }

    private static int rawField(FlatBufferBuilder builder, byte typeId, int type, int... children) {
        int vector = org.apache.arrow.flatbuf.Field.createChildrenVector(builder, children);
        return org.apache.arrow.flatbuf.Field.createField(
                builder, 0, true, typeId, type, 0, vector, 0);
    }

    private static int vector(FlatBufferBuilder builder, int... fields) {
        return org.apache.arrow.flatbuf.Schema.createFieldsVector(builder, fields);
    }

    private static int struct(FlatBufferBuilder builder, int... children) {
        Struct_.startStruct_(builder);
        return rawField(builder, Type.Struct_, Struct_.endStruct_(builder), children);
    }

    @Test
    void countsColumnsAndListsDictionariesInnerFirst() {
        Field inner = dictionary("inner", 7, 8, true);
        Field outer =
                new Field(
                        "outer",
                        new FieldType(
                                true,
                                new ArrowType.Struct(),
                                new org.apache.arrow.vector.types.pojo.DictionaryEncoding(
                                        3, false, new ArrowType.Int(16, true))),
                        List.of(inner));

        IpcSchema schema = parse(int32("a"), outer, dictionary("b", 1, 64, false));

        assertThat(schema.columns()).isEqualTo(3);
        assertThat(schema.dictionaryIds()).containsExactly(7L, 3L, 1L);
        assertThat(schema.sameAs(IpcSchema.parse(schema.metadata()))).isTrue();
        assertThat(schema.sameAs(parse(int32("a")))).isFalse();
        assertThat(schema.metadata().isReadOnly()).isTrue();
    }

    @Test
    void upgradesV4AndRefusesWhatChangedSince() {
        Schema plain = TestSchemas.of(int32("x"));
        Schema union =
                TestSchemas.of(field("u", new ArrowType.Union(UnionMode.Sparse, null), int32("a")));
        byte[] old = new IpcBytes(plain).withVersion(MetadataVersion.V4).begin().end();
        byte[] oldUnion = new IpcBytes(union).withVersion(MetadataVersion.V4).begin().end();
        byte[] older = new IpcBytes(plain).withVersion(MetadataVersion.V3).begin().end();

        IpcSchema schema = IpcSchema.parse(first(old));

        assertThat(
                        Message.getRootAsMessage(
                                        schema.metadata()
                                                .asByteBuffer()
                                                .order(ByteOrder.LITTLE_ENDIAN))
                                .version())
                .isEqualTo(MetadataVersion.V5);
        assertRefused(ErrorCode.UNSUPPORTED_IPC, "version=V4", first(oldUnion));
        assertThatThrownBy(() -> first(older))
                .hasMessageContaining("version=V3, supported=V4 (without unions) and V5");
    }

    private static MemorySegment first(byte[] stream) {
        return IpcScanner.scan(MemorySegment.ofArray(stream)).getFirst().message().metadata();
    }

    @Test
    void refusesOtherMessages() {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int header = vector(builder);
        for (byte type : new byte[] {MessageHeader.Tensor, MessageHeader.SparseTensor}) {
            FlatBufferBuilder other = new FlatBufferBuilder();
            Null.startNull(other);
            assertRefused(
                    ErrorCode.UNSUPPORTED_IPC,
                    "tensor",
                    message(other, MetadataVersion.V5, type, Null.endNull(other)));
        }
        assertRefused(
                ErrorCode.INVALID_IPC,
                "headerType=9",
                message(builder, MetadataVersion.V5, (byte) 9, header));
        TestBatch batch = new TestBatch(0).node(0, 0).buffer().buffer();
        byte[] stream = new IpcBytes(TestSchemas.of(int32("x"))).begin().batch(batch).end();
        assertRefused(
                ErrorCode.INVALID_IPC,
                "not a schema",
                IpcScanner.scan(MemorySegment.ofArray(stream)).get(1).message().metadata());
        assertRefused(ErrorCode.INVALID_IPC, "too short", MemorySegment.ofArray(new byte[3]));
    }

    @Test
    void refusesBigEndianTables() {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int schema =
                org.apache.arrow.flatbuf.Schema.createSchema(
                        builder, Endianness.Big, vector(builder), 0, 0);
        assertRefused(
                ErrorCode.UNSUPPORTED_IPC,
                "endianness=1",
                message(builder, MetadataVersion.V5, MessageHeader.Schema, schema));
    }

    @Test
    void refusesTypesThatMakeNoSense() {
        assertRefused(
                ErrorCode.INVALID_IPC,
                "bits=7",
                schema(b -> vector(b, rawField(b, Type.Int, Int.createInt(b, 7, true)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "precision=39",
                schema(b ->
                        vector(
                                b,
                                rawField(b, Type.Decimal, Decimal.createDecimal(b, 39, 0, 128)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "bits=96",
                schema(b ->
                        vector(b, rawField(b, Type.Decimal, Decimal.createDecimal(b, 3, 0, 96)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "wrong width for its unit=3",
                schema(b -> vector(b, rawField(b, Type.Time, Time.createTime(b, (short) 3, 32)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "time unit is not known",
                schema(b -> vector(b, rawField(b, Type.Time, Time.createTime(b, (short) 9, 32)))));
        assertRefused(
                ErrorCode.UNSUPPORTED_IPC,
                "typeId=27",
                schema(b -> vector(b, rawField(b, (byte) 27, Int.createInt(b, 8, true)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "typeId=0",
                schema(b -> vector(b, rawField(b, Type.NONE, Int.createInt(b, 8, true)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "has no type",
                schema(b -> vector(b, rawField(b, Type.Int, 0))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "required=0: column=, children=1",
                schema(b ->
                        vector(b, rawField(b, Type.Int, Int.createInt(b, 8, true), struct(b)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "required=2",
                schema(b ->
                        vector(
                                b,
                                rawField(
                                        b,
                                        Type.RunEndEncoded,
                                        Int.createInt(b, 8, true),
                                        struct(b)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "run ends are no signed integers",
                schema(b ->
                        vector(
                                b,
                                rawField(
                                        b,
                                        Type.RunEndEncoded,
                                        Int.createInt(b, 8, true),
                                        rawField(b, Type.Int, Int.createInt(b, 32, false)),
                                        struct(b)))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "does not hold pairs",
                schema(b ->
                        vector(b, rawField(b, Type.Map, Int.createInt(b, 8, true), struct(b)))));
    }

    @Test
    void refusesMapsThatReadersRefuse() {
        Field value = int32("value");
        FieldType required = FieldType.notNullable(new ArrowType.Int(32, true));
        Field key = new Field("key", required, null);
        Field nullableKey = int32("key");
        assertThat(parse(map(false, key, value)).columns()).isEqualTo(1);
        assertRefused(
                ErrorCode.INVALID_IPC,
                "map has nullable entries: column=m",
                metadata(TestSchemas.of(map(true, key, value))));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "map has nullable keys: column=m",
                metadata(TestSchemas.of(map(false, nullableKey, value))));
    }

    private static Field map(boolean nullableEntries, Field... pair) {
        FieldType struct = new FieldType(nullableEntries, new ArrowType.Struct(), null);
        return field("m", new ArrowType.Map(false), new Field("entries", struct, List.of(pair)));
    }

    @Test
    void refusesMetadataKeysThatAreNotTextAndTakesAnyValue() {
        byte[] bytes = {'x', -1, 0};
        assertRefused(
                ErrorCode.INVALID_IPC,
                "not UTF-8",
                withMetadata(b -> b.createByteVector(bytes), b -> b.createString("v")));
        assertThat(
                        IpcSchema.parse(
                                        withMetadata(
                                                b -> b.createString("k"),
                                                b -> b.createByteVector(bytes)))
                                .columns())
                .isZero();
    }

    private static MemorySegment withMetadata(
            ToIntFunction<FlatBufferBuilder> key, ToIntFunction<FlatBufferBuilder> value) {
        FlatBufferBuilder builder = new FlatBufferBuilder();
        int pair =
                KeyValue.createKeyValue(
                        builder, key.applyAsInt(builder), value.applyAsInt(builder));
        int pairs =
                org.apache.arrow.flatbuf.Schema.createCustomMetadataVector(
                        builder, new int[] {pair});
        int schema =
                org.apache.arrow.flatbuf.Schema.createSchema(
                        builder, Endianness.Little, vector(builder), pairs, 0);
        return message(builder, MetadataVersion.V5, MessageHeader.Schema, schema);
    }

    @Test
    void refusesFieldsNestedTooDeeply() {
        assertThat(IpcSchema.parse(schema(b -> vector(b, nested(b, 64)))).columns()).isEqualTo(1);
        assertRefused(ErrorCode.INVALID_IPC, "limit=64", schema(b -> vector(b, nested(b, 65))));
        assertRefused(ErrorCode.INVALID_IPC, "limit=64", schema(b -> vector(b, nested(b, 20_000))));
    }

    private static int nested(FlatBufferBuilder builder, int levels) {
        int field = struct(builder);
        for (int i = 1; i < levels; i++) {
            field = struct(builder, field);
        }
        return field;
    }

    /// 60 levels of two references to the same child would be 2^60 fields.
    @Test
    void refusesTablesThatReferToEachOtherManyTimes() {
        assertRefused(
                ErrorCode.INVALID_IPC,
                "more tables than it has room for",
                schema(b -> {
                    int field = struct(b);
                    for (int i = 0; i < 60; i++) {
                        field = struct(b, field, field);
                    }
                    return vector(b, field);
                }));
    }

    @Test
    void refusesOneLongNameSharedByMany() {
        assertRefused(
                ErrorCode.INVALID_IPC,
                "more text than it has room for",
                schema(b -> {
                    int name = b.createString("n".repeat(100_000));
                    Utf8.startUtf8(b);
                    int type = Utf8.endUtf8(b);
                    int[] fields = new int[1000];
                    for (int i = 0; i < fields.length; i++) {
                        fields[i] =
                                org.apache.arrow.flatbuf.Field.createField(
                                        b, name, true, Type.Utf8, type, 0, 0, 0);
                    }
                    return vector(b, fields);
                }));
    }

    @Test
    void refusesNamesThatAreNotText() {
        assertRefused(
                ErrorCode.INVALID_IPC,
                "not UTF-8",
                schema(b -> {
                    int name = b.createByteVector(new byte[] {'x', -1, 0});
                    Utf8.startUtf8(b);
                    int type = Utf8.endUtf8(b);
                    // the vector's last byte serves as the string's end
                    int field =
                            org.apache.arrow.flatbuf.Field.createField(
                                    b, name, true, Type.Utf8, type, 0, 0, 0);
                    return vector(b, field);
                }));
    }

    @Test
    void refusesDictionariesThatAreNotOne() {
        Field text = dictionary("a", 5, 8, true);
        Field number =
                new Field(
                        "b",
                        new FieldType(true, new ArrowType.Int(8, true), text.getDictionary()),
                        null);
        assertRefused(
                ErrorCode.INVALID_IPC, "column=b, id=5", metadata(TestSchemas.of(text, number)));
        assertThat(parse(text, dictionary("c", 5, 16, false)).dictionaryIds()).containsExactly(5L);
        Field self =
                new Field(
                        "self",
                        new FieldType(true, new ArrowType.Struct(), text.getDictionary()),
                        List.of(text));
        assertRefused(ErrorCode.INVALID_IPC, "column=self, id=5", metadata(TestSchemas.of(self)));
        assertRefused(
                ErrorCode.UNSUPPORTED_IPC,
                "no type of its indices",
                schema(b -> {
                    Utf8.startUtf8(b);
                    int type = Utf8.endUtf8(b);
                    int encoding =
                            DictionaryEncoding.createDictionaryEncoding(b, 1, 0, false, (short) 0);
                    return vector(
                            b,
                            org.apache.arrow.flatbuf.Field.createField(
                                    b, 0, true, Type.Utf8, type, encoding, 0, 0));
                }));
    }

    @Test
    void refusesUnionsWithWrongTypeIds() {
        Field twice =
                field(
                        "u",
                        new ArrowType.Union(UnionMode.Dense, new int[] {1, 1}),
                        int32("a"),
                        int32("b"));
        Field large =
                field(
                        "u",
                        new ArrowType.Union(UnionMode.Dense, new int[] {1, 128}),
                        int32("a"),
                        int32("b"));
        Field few =
                field(
                        "u",
                        new ArrowType.Union(UnionMode.Dense, new int[] {1}),
                        int32("a"),
                        int32("b"));

        assertRefused(ErrorCode.INVALID_IPC, "id=1", metadata(TestSchemas.of(twice)));
        assertRefused(ErrorCode.INVALID_IPC, "id=128", metadata(TestSchemas.of(large)));
        assertRefused(ErrorCode.INVALID_IPC, "children=2", metadata(TestSchemas.of(few)));
    }

    @Test
    void readsWideSchemas() {
        Field[] fields = new Field[20_000];
        Arrays.setAll(fields, i -> int32("column " + i));
        assertThat(parse(fields).columns()).isEqualTo(fields.length);
    }
}
