package dev.arrowshelf.redis.gen;

import dev.arrowshelf.redis.ipc.MessageBytes;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// The ten columns of the data sets to measure with.
final class DataSetSchema {
    /// Id of the dictionary.
    static final long DICTIONARY = 0;

    private DataSetSchema() {}

    /// Returns the schema as messages have it: a dictionary-encoded field has the type of its
    /// values.
    static SchemaMetadata metadata(boolean dictionaryStrings) {
        ArrowType int32 = new ArrowType.Int(32, true);
        DictionaryEncoding encoding =
                dictionaryStrings
                        ? new DictionaryEncoding(DICTIONARY, false, new ArrowType.Int(32, true))
                        : null;
        Schema schema =
                new Schema(
                        List.of(
                                Field.nullable("id64", new ArrowType.Int(64, true)),
                                Field.nullable("partition", int32),
                                Field.nullable("int32_c", int32),
                                Field.nullable(
                                        "float64_c",
                                        new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE)),
                                Field.nullable(
                                        "float32_c",
                                        new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE)),
                                Field.nullable("bool_c", ArrowType.Bool.INSTANCE),
                                Field.nullable(
                                        "ts_ns",
                                        new ArrowType.Timestamp(TimeUnit.NANOSECOND, null)),
                                Field.nullable("dec_18_4", new ArrowType.Decimal(18, 4, 128)),
                                new Field(
                                        "str_c",
                                        new FieldType(true, ArrowType.Utf8.INSTANCE, encoding),
                                        null),
                                new Field(
                                        "list_ints",
                                        FieldType.nullable(ArrowType.List.INSTANCE),
                                        List.of(Field.nullable("item", int32)))));
        MemorySegment metadata =
                MemorySegment.ofBuffer(
                        MessageSerializer.serializeMetadata(schema, IpcOption.DEFAULT));
        // Padded as in a file, so that a footer written from a file that was read is the same.
        return SchemaMetadata.parse(MessageBytes.head(metadata).asSlice(MessageBytes.PREFIX_BYTES));
    }
}
