package dev.arrowshelf.redis.ipc;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import dev.arrowshelf.store.ipc.metadata.FieldShape;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Reads one column of whole numbers out of a record batch without decoding the others. Immutable.
public final class PartitionColumn {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final String name;
    private final SchemaMetadata schema;
    private final int column;
    private final boolean signed;

    private PartitionColumn(String name, SchemaMetadata schema, int column, boolean signed) {
        this.name = name;
        this.schema = schema;
        this.column = column;
        this.signed = signed;
    }

    /// Finds the column of a name; null where there is none.
    ///
    /// @throws ShelfException INVALID_ARGUMENT when it does not hold whole numbers
    public static @Nullable PartitionColumn find(String name, SchemaMetadata schema) {
        List<Field> fields = schemaOf(schema).getFields();
        for (int i = 0; i < fields.size(); i++) {
            Field field = fields.get(i);
            if (!field.getName().equals(name)) {
                continue;
            }
            if (!(field.getType() instanceof ArrowType.Int number)
                    || schema.columns().get(i).shape() != FieldShape.FIXED) {
                throw new ShelfException(
                        ErrorCode.INVALID_ARGUMENT,
                        "partitions are made of whole numbers only: column="
                                + name
                                + ", type="
                                + field.getType());
            }
            return new PartitionColumn(name, schema, i, number.getIsSigned());
        }
        return null;
    }

    /// Returns the schema as Arrow's Java library has it.
    public static Schema schemaOf(SchemaMetadata schema) {
        ByteBuffer bytes = ByteBuffer.wrap(schema.bytes().array()).order(ByteOrder.LITTLE_ENDIAN);
        return MessageSerializer.deserializeSchema(Message.getRootAsMessage(bytes));
    }

    /// Returns the column's name.
    public String name() {
        return name;
    }

    /// Returns the column's place among the columns.
    int index() {
        return column;
    }

    /// Returns the column's values; a null is an error.
    ///
    /// @param pool where the column is decoded
    public long[] values(BatchMetadata batch, MemorySegment body, ScratchPool pool) {
        return decoded(batch, body, pool, values -> numbers(values, rows(batch)));
    }

    /// Returns the one value that all rows have; empty where they differ, or there are none. A null
    /// is an error.
    ///
    /// @param pool where the column is decoded
    public OptionalLong only(BatchMetadata batch, MemorySegment body, ScratchPool pool) {
        return decoded(
                batch,
                body,
                pool,
                values -> {
                    long width = schema.columns().get(column).width() / Byte.SIZE;
                    long end = width * rows(batch);
                    // All are the same when each is like the one before it.
                    boolean same =
                            end > 0
                                    && MemorySegment.mismatch(
                                                    values, 0, end - width, values, width, end)
                                            < 0;
                    return same ? OptionalLong.of(numbers(values, 1)[0]) : OptionalLong.empty();
                });
    }

    private static int rows(BatchMetadata batch) {
        return Math.toIntExact(batch.rows());
    }

    private <T> T decoded(
            BatchMetadata batch,
            MemorySegment body,
            ScratchPool pool,
            Function<MemorySegment, T> use) {
        long[] decoded = Transcoder.checked(batch, body, schema);
        int node = 0;
        int buffer = 0;
        int views = 0;
        for (int i = 0; i < column; i++) {
            FieldLayout field = schema.columns().get(i);
            for (int view = 0; view < field.views(); view++) {
                buffer += (int) batch.variadicCount(views++);
            }
            node += field.nodes();
            buffer += field.buffers();
        }
        if (batch.nullCount(node) > 0) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "partition column has nulls: column="
                            + name
                            + ", nulls="
                            + batch.nullCount(node));
        }
        MemorySegment values = pool.take(decoded[buffer + 1]);
        try {
            Transcoder.decode(batch, Transcoder.buffer(batch, body, buffer + 1), values);
            return use.apply(values);
        } finally {
            pool.giveBack(values);
        }
    }

    private long[] numbers(MemorySegment values, int rows) {
        int bits = schema.columns().get(column).width();
        long[] numbers = new long[rows];
        for (int i = 0; i < rows; i++) {
            numbers[i] =
                    switch (bits) {
                        case 8 -> values.get(ValueLayout.JAVA_BYTE, i);
                        case 16 -> values.get(SHORT, 2L * i);
                        case 32 -> values.get(INT, 4L * i);
                        default -> values.get(LONG, 8L * i);
                    };
        }
        if (!signed && bits < Long.SIZE) {
            long mask = (1L << bits) - 1;
            for (int i = 0; i < rows; i++) {
                numbers[i] &= mask;
            }
        }
        return numbers;
    }
}
