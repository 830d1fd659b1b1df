package dev.arrowshelf.testkit;

import dev.arrowshelf.store.table.batch.VectorShape;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/// Random buffers for vectors of any type, with everything the format allows: missing bitmaps,
/// offsets that do not begin at 0, children longer than needed, views that overlap, runs of any
/// length. One thread.
final class RandomBatch {
    private static final String[] WORDS = {
        "", "a", "Zürich", "shelf", "a value of more than twelve bytes", "\uD83D\uDE00", "東京"
    };

    private final Random random;
    private final BufferAllocator allocator;
    private final int dictionaryValues;
    private final boolean packedUnions;
    private final List<ArrowFieldNode> nodes = new ArrayList<>();
    private final List<ArrowBuf> buffers = new ArrayList<>();
    private final List<Long> variadicCounts = new ArrayList<>();

    RandomBatch(
            Random random, BufferAllocator allocator, int dictionaryValues, boolean packedUnions) {
        this.random = random;
        this.allocator = allocator;
        this.dictionaryValues = dictionaryValues;
        this.packedUnions = packedUnions;
    }

    /// Returns what was added; the caller closes it.
    ArrowRecordBatch toBatch(int rows) {
        return new ArrowRecordBatch(
                rows,
                nodes,
                buffers,
                NoCompressionCodec.DEFAULT_BODY_COMPRESSION,
                variadicCounts,
                true,
                false);
    }

    /// Adds a vector and its children.
    void add(Field field, int length) {
        VectorShape shape = VectorShape.of(field);
        ArrowBuf validity = validity(field, shape, length);
        switch (shape.layout()) {
            case NULL -> {}
            case BITS -> bytes((length + 7) / 8);
            case FIXED -> fixed(field, shape, length, validity);
            case VARIABLE -> variable(field, shape, length);
            case VIEW -> views(length);
            case LIST -> {
                int last = offsets(shape.width(), length, 4);
                add(field.getChildren().getFirst(), last + random.nextInt(3));
            }
            case LIST_VIEW -> listViews(field, shape, length);
            case FIXED_LIST -> add(field.getChildren().getFirst(), length * shape.width());
            case STRUCT -> field.getChildren().forEach(child -> add(child, length));
            case SPARSE_UNION -> {
                types(shape, length);
                field.getChildren().forEach(child -> add(child, length));
            }
            case DENSE_UNION -> denseUnion(field, shape, length);
            case RUN_END -> runs(field, length);
        }
    }

    private ArrowBuf validity(Field field, VectorShape shape, int length) {
        if (!shape.layout().hasValidity()) {
            boolean allNull = shape.layout() == VectorShape.Layout.NULL;
            nodes.add(new ArrowFieldNode(length, allNull ? length : 0));
            return allocator.getEmpty();
        }
        int choice = field.isNullable() ? random.nextInt(5) : random.nextInt(2);
        if (choice == 0 || length == 0) {
            nodes.add(new ArrowFieldNode(length, 0));
            buffers.add(allocator.getEmpty());
            return allocator.getEmpty();
        }
        ArrowBuf bits = zeroes((length + 7) / 8);
        int nulls = 0;
        for (int i = 0; i < length; i++) {
            boolean valid = choice == 1 || (choice > 2 && random.nextInt(4) > 0);
            nulls += valid ? 0 : 1;
            bits.setByte(i / 8, bits.getByte(i / 8) | (valid ? 1 << i % 8 : 0));
        }
        nodes.add(new ArrowFieldNode(length, nulls));
        return bits;
    }

    private void fixed(Field field, VectorShape shape, int length, ArrowBuf validity) {
        ArrowBuf values = bytes(length * shape.width());
        if (field.getDictionary() != null) {
            for (int i = 0; i < length; i++) {
                values.setZero((long) i * shape.width(), shape.width());
                values.setByte((long) i * shape.width(), random.nextInt(dictionaryValues));
            }
        }
        if (validity.capacity() > 0 && random.nextBoolean()) {
            for (int i = 0; i < length; i++) {
                if ((validity.getByte(i / 8) >> i % 8 & 1) == 0) {
                    values.setZero((long) i * shape.width(), shape.width());
                }
            }
        }
    }

    private void variable(Field field, VectorShape shape, int length) {
        boolean text =
                field.getType() instanceof ArrowType.Utf8
                        || field.getType() instanceof ArrowType.LargeUtf8;
        int begin = random.nextBoolean() ? 0 : 3;
        ArrowBuf offsets = zeroes((length + 1) * shape.width());
        List<byte[]> values = new ArrayList<>();
        int at = begin;
        set(offsets, shape.width(), 0, at);
        for (int i = 0; i < length; i++) {
            byte[] value = value(text);
            values.add(value);
            at += value.length;
            set(offsets, shape.width(), i + 1, at);
        }
        ArrowBuf bytes = zeroes(at);
        at = begin;
        for (byte[] value : values) {
            bytes.setBytes(at, value);
            at += value.length;
        }
    }

    private void views(int length) {
        ArrowBuf views = zeroes(length * 16);
        int count = random.nextInt(3);
        List<byte[]> data = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            data.add(
                    "twelve bytes are not enough for this value, and it can be cut anywhere"
                            .getBytes(StandardCharsets.UTF_8));
        }
        for (int i = 0; i < length; i++) {
            long view = i * 16L;
            if (count == 0 || random.nextBoolean()) {
                byte[] inline =
                        "inline value"
                                .substring(random.nextInt(13))
                                .getBytes(StandardCharsets.UTF_8);
                views.setInt(view, inline.length);
                views.setBytes(view + 4, inline);
            } else {
                int buffer = random.nextInt(count);
                int offset = random.nextInt(20);
                views.setInt(view, 13 + random.nextInt(20));
                views.setBytes(view + 4, data.get(buffer), offset, 4);
                views.setInt(view + 8, buffer);
                views.setInt(view + 12, offset);
            }
        }
        variadicCounts.add((long) count);
        for (byte[] each : data) {
            zeroes(each.length).setBytes(0, each);
        }
    }

    private void listViews(Field field, VectorShape shape, int length) {
        int values = length * 2 + 1;
        ArrowBuf offsets = zeroes(length * shape.width());
        ArrowBuf sizes = zeroes(length * shape.width());
        for (int i = 0; i < length; i++) {
            int size = random.nextInt(Math.min(4, values + 1));
            set(sizes, shape.width(), i, size);
            set(offsets, shape.width(), i, random.nextInt(values - size + 1));
        }
        add(field.getChildren().getFirst(), values);
    }

    private void denseUnion(Field field, VectorShape shape, int length) {
        int[] children = types(shape, length);
        ArrowBuf offsets = zeroes(length * Integer.BYTES);
        int[] used = new int[shape.children().size()];
        for (int i = 0; i < length; i++) {
            offsets.setInt((long) i * Integer.BYTES, used[children[i]]);
            used[children[i]] += !packedUnions && random.nextInt(8) == 0 ? 2 : 1;
        }
        for (int child = 0; child < used.length; child++) {
            add(field.getChildren().get(child), used[child]);
        }
    }

    /// Adds type ids and returns the child that each names.
    private int[] types(VectorShape shape, int length) {
        ArrowBuf types = zeroes(length);
        int[] children = new int[length];
        for (int i = 0; i < length; i++) {
            children[i] = random.nextInt(shape.children().size());
            types.setByte(i, shape.typeIds().get(children[i]));
        }
        return children;
    }

    private void runs(Field field, int length) {
        int width = VectorShape.of(field.getChildren().getFirst()).width();
        List<Integer> ends = new ArrayList<>();
        for (int at = 0; at < length; ) {
            at = Math.min(length, at + 1 + random.nextInt(5));
            ends.add(at);
        }
        nodes.add(new ArrowFieldNode(ends.size(), 0));
        buffers.add(allocator.getEmpty());
        ArrowBuf buffer = zeroes(ends.size() * width);
        for (int i = 0; i < ends.size(); i++) {
            set(buffer, width, i, ends.get(i));
        }
        add(field.getChildren().get(1), ends.size());
    }

    private int offsets(int width, int length, int most) {
        ArrowBuf offsets = zeroes((length + 1) * width);
        int at = random.nextBoolean() ? 0 : 2;
        set(offsets, width, 0, at);
        for (int i = 0; i < length; i++) {
            at += random.nextInt(most);
            set(offsets, width, i + 1, at);
        }
        return at;
    }

    private byte[] value(boolean text) {
        if (text) {
            return WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
        }
        byte[] value = new byte[random.nextInt(20)];
        random.nextBytes(value);
        return value;
    }

    private ArrowBuf bytes(int count) {
        byte[] content = new byte[count];
        random.nextBytes(content);
        ArrowBuf buffer = zeroes(count);
        buffer.setBytes(0, content);
        return buffer;
    }

    private ArrowBuf zeroes(int count) {
        ArrowBuf buffer = allocator.buffer(count);
        buffer.setZero(0, buffer.capacity());
        buffer.writerIndex(count);
        ArrowBuf exact = buffer.slice(0, count);
        buffers.add(exact);
        return exact;
    }

    private static void set(ArrowBuf buffer, int width, int index, int value) {
        long at = (long) index * width;
        switch (width) {
            case Short.BYTES -> buffer.setShort(at, value);
            case Integer.BYTES -> buffer.setInt(at, value);
            default -> buffer.setLong(at, value);
        }
    }
}
