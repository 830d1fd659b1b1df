package dev.arrowshelf.store.catalog;

import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.model.TableAttributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// The bytes of a table descriptor, little-endian; `docs/spec/segments.md` section 3 has the table.
///
/// ```
/// magic | version | total bytes | generation | created | rows | bytes | columns | partitions | key bytes | schema bytes    64 bytes
/// key | schema message | partitions, 32 bytes each (rows, segment bytes, batches, place, codec, directory, CRC of the segment, zero)
/// from version 2 on: expires | most idle | metadata bytes | metadata
/// CRC of everything before
/// ```
final class DescriptorLayout {
    static final int HEADER_BYTES = 64;
    static final int PARTITION_BYTES = 32;
    static final int CRC_BYTES = 4;
    static final int LIMIT_BYTES = 1 << 30;

    private static final byte[] MAGIC = {'A', 'S', 'H', 'T', 'A', 'B', 'L', '1'};
    private static final int VERSION = 2;
    private static final int VERSION_WITHOUT_ATTRIBUTES = 1;
    private static final int ATTRIBUTES_BYTES = 20;
    private static final int PLACE_SEGMENTS = 0;
    private static final int PLACE_SPILLED = 1;

    private DescriptorLayout() {}

    static long totalBytes(Descriptor descriptor) {
        return HEADER_BYTES
                + (long) descriptor.key().length()
                + descriptor.schema().length
                + (long) descriptor.partitions().size() * PARTITION_BYTES
                + ATTRIBUTES_BYTES
                + metadata(descriptor).length
                + CRC_BYTES;
    }

    private static byte[] metadata(Descriptor descriptor) {
        return descriptor.attributes().metadata().getBytes(StandardCharsets.UTF_8);
    }

    static byte[] encode(Descriptor descriptor) {
        int total = Math.toIntExact(totalBytes(descriptor));
        ByteBuffer bytes = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).putInt(VERSION).putInt(total);
        bytes.putLong(descriptor.generation()).putLong(descriptor.createdMillis());
        bytes.putLong(descriptor.rows()).putLong(descriptor.bytes());
        bytes.putInt(descriptor.columns()).putInt(descriptor.partitions().size());
        bytes.putInt(descriptor.key().length()).putInt(descriptor.schema().length);
        bytes.put(descriptor.key().shared()).put(descriptor.schema());
        for (Descriptor.Partition partition : descriptor.partitions()) {
            bytes.putLong(partition.rows()).putLong(partition.bytes());
            bytes.putInt(partition.batches());
            SpillPlace spilled = partition.spilled();
            if (spilled == null) {
                bytes.putInt(PLACE_SEGMENTS).putLong(0);
            } else {
                bytes.put((byte) PLACE_SPILLED).put((byte) spilled.codec().code());
                bytes.putShort((short) spilled.directory()).putInt(spilled.crc()).putInt(0);
            }
        }
        byte[] metadata = metadata(descriptor);
        TableAttributes attributes = descriptor.attributes();
        bytes.putLong(attributes.expiresMillis()).putLong(attributes.mostIdleMillis());
        bytes.putInt(metadata.length).put(metadata);
        bytes.putInt(crc(bytes.array(), total - CRC_BYTES));
        return bytes.array();
    }

    /// Reads a descriptor; safe on any bytes.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `CORRUPT`
    static Descriptor decode(byte[] file) {
        ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[MAGIC.length];
        if (file.length < HEADER_BYTES + CRC_BYTES) {
            throw Damage.of("descriptor is too short: bytes=%d", file.length);
        }
        bytes.get(magic);
        int version = bytes.getInt();
        int total = bytes.getInt();
        boolean known = version == VERSION || version == VERSION_WITHOUT_ATTRIBUTES;
        if (!Arrays.equals(magic, MAGIC) || !known || total != file.length) {
            throw Damage.of(
                    "descriptor header does not fit: version=%d, totalBytes=%d, fileBytes=%d",
                    version, total, file.length);
        }
        if (bytes.getInt(total - CRC_BYTES) != crc(file, total - CRC_BYTES)) {
            throw Damage.of("descriptor checksum does not fit: bytes=%d", total);
        }
        return decodeChecked(bytes, total, version >= VERSION);
    }

    private static Descriptor decodeChecked(ByteBuffer bytes, int total, boolean withAttributes) {
        long generation = bytes.getLong();
        long created = bytes.getLong();
        long rows = bytes.getLong();
        long tableBytes = bytes.getLong();
        int columns = bytes.getInt();
        int partitions = bytes.getInt();
        int keyBytes = bytes.getInt();
        int schemaBytes = bytes.getInt();
        long claimed =
                HEADER_BYTES
                        + (long) keyBytes
                        + schemaBytes
                        + (long) partitions * PARTITION_BYTES
                        + (withAttributes ? ATTRIBUTES_BYTES : 0)
                        + CRC_BYTES;
        boolean fits = withAttributes ? claimed <= total : claimed == total;
        if (columns < 0
                || partitions <= 0
                || keyBytes <= 0
                || keyBytes > TableKey.LIMIT_BYTES
                || schemaBytes < 0
                || !fits) {
            throw Damage.of(
                    "descriptor parts do not fit: keyBytes=%d, schemaBytes=%d, partitions=%d, totalBytes=%d",
                    keyBytes, schemaBytes, partitions, total);
        }
        byte[] key = new byte[keyBytes];
        byte[] schema = new byte[schemaBytes];
        bytes.get(key).get(schema);
        List<Descriptor.Partition> list = new ArrayList<>(partitions);
        for (int i = 0; i < partitions; i++) {
            list.add(partition(bytes, i));
        }
        TableAttributes attributes =
                withAttributes ? attributes(bytes, total) : TableAttributes.NONE;
        Descriptor descriptor =
                new Descriptor(
                        TableKey.stored(key),
                        generation,
                        created,
                        columns,
                        schema,
                        list,
                        attributes);
        if (descriptor.rows() != rows || descriptor.bytes() != tableBytes) {
            throw Damage.of("descriptor sums do not fit: rows=%d, bytes=%d", rows, tableBytes);
        }
        return descriptor;
    }

    private static TableAttributes attributes(ByteBuffer bytes, int total) {
        long expires = bytes.getLong();
        long mostIdle = bytes.getLong();
        int length = bytes.getInt();
        if (expires < 0 || mostIdle < 0 || length != total - CRC_BYTES - bytes.position()) {
            throw Damage.of(
                    "descriptor attributes do not fit: expires=%d, mostIdle=%d, metadataBytes=%d",
                    expires, mostIdle, length);
        }
        byte[] metadata = new byte[length];
        bytes.get(metadata);
        return new TableAttributes(expires, mostIdle, new String(metadata, StandardCharsets.UTF_8));
    }

    private static Descriptor.Partition partition(ByteBuffer bytes, int number) {
        long rows = bytes.getLong();
        long size = bytes.getLong();
        int batches = bytes.getInt();
        int place = Byte.toUnsignedInt(bytes.get());
        int codec = Byte.toUnsignedInt(bytes.get());
        int directory = Short.toUnsignedInt(bytes.getShort());
        int crc = bytes.getInt();
        bytes.getInt();
        if (rows < 0 || size < 0 || batches < 0 || place > PLACE_SPILLED) {
            throw Damage.of(
                    "descriptor partition does not fit: partition=%d, rows=%d, bytes=%d, batches=%d, place=%d",
                    number, rows, size, batches, place);
        }
        @Nullable SpillPlace spilled =
                place == PLACE_SEGMENTS
                        ? null
                        : new SpillPlace(directory, SpillCodec.of(codec), crc);
        return new Descriptor.Partition(rows, size, batches, spilled);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
