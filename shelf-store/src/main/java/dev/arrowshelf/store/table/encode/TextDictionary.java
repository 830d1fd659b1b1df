package dev.arrowshelf.store.table.encode;

import dev.arrowshelf.memory.ForeignMemory;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;

/// The distinct values of one text column, numbered in the order in which they come.
///
/// One thread. Memory: the values twice, on the heap where they are compared, and as the vector
/// that [#values] lends; that one lives until [#close].
final class TextDictionary implements AutoCloseable {
    /* A table of open addressing, linear probing, at most half full: an entry is a value's number
     * plus one, so that 0 is free. Hashes are kept beside the values, so that growing the table
     * looks at no bytes and an unequal value is nearly always found out by its hash. */

    private static final ValueLayout.OfLong WORD =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long MIXER = 0x9E3779B97F4A7C15L;
    private static final int FIRST_ENTRIES = 1 << 10;
    private static final int FIRST_BYTES = 1 << 14;
    private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    private final FieldVector values;
    private int[] entries = new int[FIRST_ENTRIES];
    private int[] hashes = new int[FIRST_ENTRIES / 2];
    private int[] ends = new int[FIRST_ENTRIES / 2];
    private byte[] bytes = new byte[FIRST_BYTES];
    private MemorySegment heap = MemorySegment.ofArray(bytes);
    private int count;
    private int shown;

    TextDictionary(Field text, BufferAllocator allocator) {
        Field field = new Field(text.getName(), FieldType.notNullable(text.getType()), null);
        this.values = field.createVector(allocator);
        values.setInitialCapacity(0);
        values.allocateNew();
        values.setValueCount(0);
    }

    /// Returns how many distinct values there are.
    int count() {
        return count;
    }

    /// Returns the bytes of all distinct values.
    long byteCount() {
        return count == 0 ? 0 : ends[count - 1];
    }

    /// Returns a vector of the distinct values so far.
    FieldVector values() {
        for (; shown < count; shown++) {
            int begin = begin(shown);
            int length = ends[shown] - begin;
            switch (values) {
                case BaseVariableWidthVector narrow -> narrow.setSafe(shown, bytes, begin, length);
                case BaseLargeVariableWidthVector wide -> wide.setSafe(shown, bytes, begin, length);
                default -> throw new IllegalStateException("not text: field=" + values.getField());
            }
        }
        values.setValueCount(count);
        return values;
    }

    /// Writes the number of each of the first rows' values; new values get new numbers.
    ///
    /// @throws ShelfException `INVALID_IPC` when offsets lead out of the data, `UNSUPPORTED_IPC`
    ///   when the distinct values do not fit a dictionary
    void encode(FieldVector text, int rows, IntVector numbers) {
        numbers.allocateNew(rows);
        boolean whole = text.getNullCount() == 0;
        TextCells cells = new TextCells(text, rows);
        try {
            for (int row = 0; row < rows; row++) {
                if (whole || !text.isNull(row)) {
                    numbers.set(row, number(cells.data, cells.offset(row), cells.offset(row + 1)));
                } else {
                    numbers.setNull(row);
                }
            }
        } catch (IndexOutOfBoundsException | IllegalArgumentException broken) {
            throw new ShelfException(
                    ErrorCode.INVALID_IPC,
                    "text column leads out of its data: column=" + text.getName(),
                    broken);
        }
        numbers.setValueCount(rows);
    }

    private int number(MemorySegment data, long from, long to) {
        if (from < 0 || to < from || to > data.byteSize()) {
            throw new IndexOutOfBoundsException("from=%d, to=%d".formatted(from, to));
        }
        if (count == ends.length) {
            grow();
        }
        int hash = hash(data, from, to);
        int mask = entries.length - 1;
        for (int at = hash & mask; ; at = (at + 1) & mask) {
            int entry = entries[at];
            if (entry == 0) {
                entries[at] = count + 1;
                return add(data, from, to, hash);
            }
            if (hashes[entry - 1] == hash && isEqual(entry - 1, data, from, to)) {
                return entry - 1;
            }
        }
    }

    private static int hash(MemorySegment data, long from, long to) {
        long hash = to - from;
        long at = from;
        for (; at + Long.BYTES <= to; at += Long.BYTES) {
            hash = mix(hash ^ data.get(WORD, at));
        }
        long rest = 0;
        for (; at < to; at++) {
            rest = rest << Byte.SIZE | (data.get(ValueLayout.JAVA_BYTE, at) & 0xFF);
        }
        hash = mix(hash ^ rest);
        return (int) (hash >>> Integer.SIZE);
    }

    private static long mix(long word) {
        long product = word * MIXER;
        return product ^ product >>> 29;
    }

    private boolean isEqual(int number, MemorySegment data, long from, long to) {
        int begin = begin(number);
        long length = to - from;
        if (ends[number] - begin != length) {
            return false;
        }
        long at = 0;
        for (; at + Long.BYTES <= length; at += Long.BYTES) {
            if (heap.get(WORD, begin + at) != data.get(WORD, from + at)) {
                return false;
            }
        }
        for (; at < length; at++) {
            if (bytes[begin + (int) at] != data.get(ValueLayout.JAVA_BYTE, from + at)) {
                return false;
            }
        }
        return true;
    }

    private int begin(int number) {
        return number == 0 ? 0 : ends[number - 1];
    }

    private int add(MemorySegment data, long from, long to, int hash) {
        int begin = begin(count);
        long end = begin + (to - from);
        if (end > MOST_BYTES) {
            throw new ShelfException(
                    ErrorCode.UNSUPPORTED_IPC,
                    "distinct values do not fit a dictionary: values=" + count);
        }
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(end, 2L * begin)));
            heap = MemorySegment.ofArray(bytes);
        }
        MemorySegment.copy(data, from, heap, begin, to - from);
        ends[count] = (int) end;
        hashes[count] = hash;
        return count++;
    }

    private void grow() {
        int[] larger = new int[Math.multiplyExact(entries.length, 2)];
        int mask = larger.length - 1;
        for (int entry : entries) {
            if (entry == 0) {
                continue;
            }
            int at = hashes[entry - 1] & mask;
            while (larger[at] != 0) {
                at = (at + 1) & mask;
            }
            larger[at] = entry;
        }
        entries = larger;
        hashes = Arrays.copyOf(hashes, larger.length / 2);
        ends = Arrays.copyOf(ends, larger.length / 2);
    }

    @Override
    public void close() {
        values.close();
    }

    /// Where the values of a text column lie.
    private static final class TextCells {
        private final boolean wide;
        private final ArrowBuf offsets;
        private final MemorySegment data;

        TextCells(FieldVector text, int rows) {
            this.wide = text instanceof BaseLargeVariableWidthVector;
            this.offsets = text.getOffsetBuffer();
            ArrowBuf held = text.getDataBuffer();
            long end = rows == 0 ? 0 : offset(rows);
            if (end < 0 || end > held.capacity()) {
                throw new ShelfException(
                        ErrorCode.INVALID_IPC,
                        "text column leads out of its data: column=%s, end=%d, bytes=%d"
                                .formatted(text.getName(), end, held.capacity()));
            }
            this.data = ForeignMemory.at(end == 0 ? 0 : held.memoryAddress(), end);
        }

        long offset(int row) {
            return wide
                    ? offsets.getLong((long) row * Long.BYTES)
                    : offsets.getInt((long) row * Integer.BYTES);
        }
    }
}
