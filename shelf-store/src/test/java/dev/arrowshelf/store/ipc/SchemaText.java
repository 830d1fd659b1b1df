package dev.arrowshelf.store.ipc;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Objects;
import org.apache.arrow.flatbuf.Decimal;
import org.apache.arrow.flatbuf.DictionaryEncoding;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FixedSizeBinary;
import org.apache.arrow.flatbuf.FixedSizeList;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Timestamp;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Union;

/// A schema as text, read by the generated flatbuffer classes; arrow-java's own schema knows fewer
/// types.
final class SchemaText {
    private final StringBuilder text = new StringBuilder();

    private SchemaText() {}

    static String of(Schema schema) {
        SchemaText text = new SchemaText();
        for (int i = 0; i < schema.fieldsLength(); i++) {
            text.field(schema.fields(i), 0);
        }
        for (int i = 0; i < schema.customMetadataLength(); i++) {
            text.pair(schema.customMetadata(i));
        }
        return text.text.toString();
    }

    private void field(Field field, int depth) {
        text.append("\n")
                .repeat("  ", depth)
                .append(field.name())
                .append(' ')
                .append(field.nullable());
        text.append(' ').append(Type.name(field.typeType())).append(parameters(field));
        DictionaryEncoding dictionary = field.dictionary();
        if (dictionary != null) {
            Int index = dictionary.indexType();
            text.append(" dictionary ").append(dictionary.id());
            text.append(index == null ? " 32true" : " " + index.bitWidth() + index.isSigned());
        }
        for (int i = 0; i < field.customMetadataLength(); i++) {
            pair(field.customMetadata(i));
        }
        for (int i = 0; i < field.childrenLength(); i++) {
            field(field.children(i), depth + 1);
        }
    }

    private void pair(KeyValue pair) {
        text.append(' ')
                .append(hex(pair.keyAsByteBuffer()))
                .append('=')
                .append(hex(pair.valueAsByteBuffer()));
    }

    /// Returns the custom metadata of a message, which need not be text.
    static String pairs(Message message) {
        SchemaText text = new SchemaText();
        for (int i = 0; i < message.customMetadataLength(); i++) {
            text.pair(message.customMetadata(i));
        }
        return text.text.toString();
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return HexFormat.of().formatHex(copy);
    }

    private static String parameters(Field field) {
        return switch (field.typeType()) {
            case Type.Int -> {
                Int type = (Int) Objects.requireNonNull(field.type(new Int()));
                yield " " + type.bitWidth() + type.isSigned();
            }
            case Type.Decimal -> {
                Decimal type = (Decimal) Objects.requireNonNull(field.type(new Decimal()));
                yield " " + type.precision() + " " + type.scale() + " " + type.bitWidth();
            }
            case Type.Timestamp -> {
                Timestamp type = (Timestamp) Objects.requireNonNull(field.type(new Timestamp()));
                yield " " + type.unit() + " " + type.timezone();
            }
            case Type.FixedSizeBinary -> {
                FixedSizeBinary type =
                        (FixedSizeBinary) Objects.requireNonNull(field.type(new FixedSizeBinary()));
                yield " " + type.byteWidth();
            }
            case Type.FixedSizeList -> {
                FixedSizeList type =
                        (FixedSizeList) Objects.requireNonNull(field.type(new FixedSizeList()));
                yield " " + type.listSize();
            }
            case Type.Union -> {
                Union type = (Union) Objects.requireNonNull(field.type(new Union()));
                yield " " + type.mode() + " " + type.typeIdsLength();
            }
            default -> "";
        };
    }
}
