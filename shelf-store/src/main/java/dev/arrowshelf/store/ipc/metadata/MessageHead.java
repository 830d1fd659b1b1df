package dev.arrowshelf.store.ipc.metadata;

import java.util.Locale;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;

/// The outer table of an encapsulated message.
///
/// @param version metadata version, V4 or V5
/// @param headerType what the message is: a constant of [MessageHeader]
/// @param headerTable position of the header's table
/// @param bodyBytes body length that the message states
/// @param bodyBytesAt position of that number, 0 where it is absent and thus zero
/// @param versionAt position of the version
public record MessageHead(
        int version,
        int headerType,
        int headerTable,
        long bodyBytes,
        int bodyBytesAt,
        int versionAt) {
    private static final int VERSION = 0;
    private static final int HEADER_TYPE = 1;
    private static final int HEADER = 2;
    private static final int BODY_LENGTH = 3;
    private static final int CUSTOM_METADATA = 4;

    /// How Arrow 0.17 marked a compressed body before the format had a field for it.
    private static final String OLD_COMPRESSION = "ARROW:experimental_compression";

    /// Checks the outer table and refuses messages of other kinds and versions.
    public static MessageHead parse(MetadataBytes bytes) {
        int message = bytes.root();
        int version = bytes.shortOf(message, VERSION, MetadataVersion.V1);
        if (version != MetadataVersion.V5 && version != MetadataVersion.V4) {
            throw bytes.unsupported(
                    "IPC metadata version is not supported: version=V"
                            + (version + 1)
                            + ", supported=V4 (without unions) and V5");
        }
        int headerType = bytes.byteOf(message, HEADER_TYPE, MessageHeader.NONE);
        switch (headerType) {
            case MessageHeader.Schema,
                    MessageHeader.DictionaryBatch,
                    MessageHeader.RecordBatch -> {}
            case MessageHeader.Tensor, MessageHeader.SparseTensor ->
                    throw bytes.unsupported(
                            "IPC message is a tensor, not part of a table: headerType="
                                    + MessageHeader.name(headerType).toLowerCase(Locale.ROOT));
            default ->
                    throw bytes.invalid(
                            "IPC message is of no known kind: headerType=" + headerType);
        }
        int header = bytes.child(message, HEADER);
        if (header == 0) {
            throw bytes.invalid("IPC message has no header: headerType=" + headerType);
        }
        bytes.keyValues(message, CUSTOM_METADATA);
        if (version == MetadataVersion.V4
                && bytes.hasKey(message, CUSTOM_METADATA, OLD_COMPRESSION)) {
            throw bytes.unsupported(
                    "IPC body is compressed the way of Arrow 0.17: key=" + OLD_COMPRESSION);
        }
        int bodyBytesAt = bytes.field(message, BODY_LENGTH, Long.BYTES);
        long bodyBytes = bodyBytesAt == 0 ? 0 : bytes.longAt(bodyBytesAt);
        if (bodyBytes < 0) {
            throw bytes.invalid("IPC body length is negative: bodyBytes=" + bodyBytes);
        }
        return new MessageHead(
                version,
                headerType,
                header,
                bodyBytes,
                bodyBytesAt,
                bytes.field(message, VERSION, Short.BYTES));
    }

    /// Patches the version to V5, which means the same as V4 as long as there are no unions.
    void upgrade(MetadataBytes bytes, boolean hasUnion) {
        if (version == MetadataVersion.V5) {
            return;
        }
        if (hasUnion) {
            throw bytes.unsupported(
                    "IPC metadata version V4 with a union is not supported: version=V4");
        }
        bytes.putShort(versionAt, MetadataVersion.V5);
    }
}
