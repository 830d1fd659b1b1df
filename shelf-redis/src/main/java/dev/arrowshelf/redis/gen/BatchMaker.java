package dev.arrowshelf.redis.gen;

import dev.arrowshelf.redis.ipc.BufferEncoder;
import dev.arrowshelf.redis.ipc.Compression;
import dev.arrowshelf.redis.ipc.MessageBytes;
import dev.arrowshelf.redis.ipc.PlacedBuffers;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.link.ChunkBytes;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/// Makes record batches, column by column, each from a random stream of its own, so that a batch
/// depends on the seed and its number only. For one thread; owns native memory until [#close].
final class BatchMaker implements AutoCloseable {
    private static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int NODES = 11;
    private static final int COLUMNS = 16;
    private static final int MOST_BUFFERS = 23;
    private static final int ALIGNMENT = 8;
    private static final int UNCOMPRESSED_ALIGNMENT = 64;

    private static final int INT_RANGE = 1_000_000;
    private static final long FIRST_TIME_NANOS = 1_700_000_000L * 1_000_000_000L;
    private static final long TIME_RANGE_NANOS = 30L * 24 * 3600 * 1_000_000_000L;
    private static final long DECIMAL_RANGE = 10_000_000_000L;
    private static final int LIST_LENGTHS = 6;
    private static final int LIST_RANGE = 1000;

    private final GenOptions options;
    private final Vocabulary vocabulary;
    private final ScratchPool pool;
    private final BufferEncoder encoder;
    private final MemorySegment column;
    private final long[] offsets = new long[MOST_BUFFERS];
    private final long[] lengths = new long[MOST_BUFFERS];
    private MemorySegment body = MemorySegment.NULL;
    private long position;
    private int buffers;

    BatchMaker(GenOptions options, Vocabulary vocabulary, ScratchPool pool) {
        this.options = options;
        this.vocabulary = vocabulary;
        this.pool = pool;
        this.encoder = new BufferEncoder(options.compression());
        this.column = pool.take(longestBuffer());
    }

    private long longestBuffer() {
        long rows = options.rows();
        return Math.max(
                (rows + 1) * 8L * 2,
                Math.max(rows * (LIST_LENGTHS - 1) * 4L, vocabulary.letters().length + 8L)
                        + vocabulary.words() * 4L);
    }

    /// Returns the batch of the dictionary. The body's memory is the pool's: the caller gives it
    /// back.
    ChunkBytes dictionary() {
        int words = vocabulary.words();
        begin(encoder.bound(4L * (words + 1)) + encoder.bound(vocabulary.letters().length) + 256);
        absent();
        for (int i = 0; i <= words; i++) {
            column.set(INT, 4L * i, vocabulary.offset(i));
        }
        add(4L * (words + 1));
        MemorySegment.copy(
                vocabulary.letters(),
                0,
                column,
                ValueLayout.JAVA_BYTE,
                0,
                vocabulary.letters().length);
        add(vocabulary.letters().length);
        PlacedBuffers placed = placed();
        return finished(
                MessageBytes.dictionaryBatch(
                        DataSetSchema.DICTIONARY,
                        false,
                        words,
                        new long[] {words, 0},
                        new long[0],
                        placed));
    }

    /// Returns a record batch. The body's memory is the pool's: the caller gives it back.
    ///
    /// @param number which one, over all partitions
    ChunkBytes batch(int number) {
        int rows = options.rows();
        begin(bodyBound());
        ids((long) number * rows);
        partition(number / options.batches());
        integers(stream(number, 0));
        doubles(stream(number, 1));
        floats(stream(number, 2));
        booleans(stream(number, 3));
        times(stream(number, 4));
        decimals(stream(number, 5));
        strings(stream(number, 6));
        long items = lists(stream(number, 7), stream(number, 8));
        long[] nodes = new long[2 * NODES];
        for (int i = 0; i < NODES; i++) {
            nodes[2 * i] = i == NODES - 1 ? items : rows;
        }
        return finished(MessageBytes.recordBatch(rows, nodes, new long[0], placed()));
    }

    private long bodyBound() {
        long rows = options.rows();
        long bound = 0;
        // The widths of the columns; text has at most 8 letters, a list at most 5 numbers.
        for (long bytes : new long[] {8, 4, 4, 8, 4, 1, 8, 16, 8, 8, 4, (LIST_LENGTHS - 1) * 4L}) {
            bound += encoder.bound((rows + 1) * bytes) + UNCOMPRESSED_ALIGNMENT;
        }
        return bound;
    }

    private RandomStream stream(int number, int column) {
        return RandomStream.of(options.seed(), (long) number * COLUMNS + column);
    }

    private void ids(long first) {
        for (int i = 0; i < options.rows(); i++) {
            column.set(LONG, 8L * i, first + i);
        }
        addColumn(8);
    }

    private void partition(int part) {
        for (int i = 0; i < options.rows(); i++) {
            column.set(INT, 4L * i, part);
        }
        addColumn(4);
    }

    private void integers(RandomStream random) {
        for (int i = 0; i < options.rows(); i++) {
            column.set(INT, 4L * i, random.below(2 * INT_RANGE) - INT_RANGE);
        }
        addColumn(4);
    }

    private void doubles(RandomStream random) {
        for (int i = 0; i < options.rows(); i++) {
            column.set(LONG, 8L * i, Double.doubleToRawLongBits(random.nextGaussian()));
        }
        addColumn(8);
    }

    private void floats(RandomStream random) {
        for (int i = 0; i < options.rows(); i++) {
            column.set(INT, 4L * i, Float.floatToRawIntBits((float) random.nextGaussian()));
        }
        addColumn(4);
    }

    private void booleans(RandomStream random) {
        int rows = options.rows();
        for (int i = 0; i < rows; i += Long.SIZE) {
            long bits = random.nextLong();
            int left = rows - i;
            column.set(LONG, i / 8, left < Long.SIZE ? bits & ((1L << left) - 1) : bits);
        }
        absent();
        add((rows + 7L) / 8);
    }

    private void times(RandomStream random) {
        for (int i = 0; i < options.rows(); i++) {
            column.set(LONG, 8L * i, FIRST_TIME_NANOS + random.below(TIME_RANGE_NANOS));
        }
        addColumn(8);
    }

    private void decimals(RandomStream random) {
        for (int i = 0; i < options.rows(); i++) {
            long unscaled = random.below(2 * DECIMAL_RANGE) - DECIMAL_RANGE;
            column.set(LONG, 16L * i, unscaled);
            column.set(LONG, 16L * i + 8, unscaled >> 63);
        }
        addColumn(16);
    }

    private void strings(RandomStream random) {
        int rows = options.rows();
        int words = vocabulary.words();
        if (options.strings().dictionary()) {
            for (int i = 0; i < rows; i++) {
                column.set(INT, 4L * i, random.below(words));
            }
            addColumn(4);
            return;
        }
        int[] chosen = new int[rows];
        int end = 0;
        absent();
        column.set(INT, 0, 0);
        for (int i = 0; i < rows; i++) {
            chosen[i] = random.below(words);
            end += vocabulary.offset(chosen[i] + 1) - vocabulary.offset(chosen[i]);
            column.set(INT, 4L * i + 4, end);
        }
        add(4L * (rows + 1));
        byte[] letters = vocabulary.letters();
        long at = 0;
        for (int word : chosen) {
            int from = vocabulary.offset(word);
            int length = vocabulary.offset(word + 1) - from;
            MemorySegment.copy(letters, from, column, ValueLayout.JAVA_BYTE, at, length);
            at += length;
        }
        add(end);
    }

    private long lists(RandomStream lengths, RandomStream values) {
        int rows = options.rows();
        int items = 0;
        absent();
        column.set(INT, 0, 0);
        for (int i = 0; i < rows; i++) {
            items += lengths.below(LIST_LENGTHS);
            column.set(INT, 4L * i + 4, items);
        }
        add(4L * (rows + 1));
        absent();
        for (int i = 0; i < items; i++) {
            column.set(INT, 4L * i, values.below(LIST_RANGE));
        }
        add(4L * items);
        return items;
    }

    private void begin(long bound) {
        body = pool.take(bound);
        position = 0;
        buffers = 0;
    }

    /// A validity bitmap that is not there: nothing is null.
    private void absent() {
        offsets[buffers] = position;
        lengths[buffers++] = 0;
    }

    private void addColumn(int width) {
        absent();
        add((long) width * options.rows());
    }

    private void add(long bytes) {
        long length = encoder.encode(column.asSlice(0, bytes), body.asSlice(position));
        offsets[buffers] = position;
        lengths[buffers++] = length;
        long end = position + length;
        int alignment =
                options.compression() == Compression.NONE ? UNCOMPRESSED_ALIGNMENT : ALIGNMENT;
        position = (end + alignment - 1) & -alignment;
        body.asSlice(end, position - end).fill((byte) 0);
    }

    private PlacedBuffers placed() {
        return new PlacedBuffers(
                Arrays.copyOf(offsets, buffers),
                Arrays.copyOf(lengths, buffers),
                position,
                options.compression());
    }

    private ChunkBytes finished(MemorySegment head) {
        return ChunkBytes.of(List.of(head, body.asSlice(0, position)));
    }

    /// Returns the memory of the body made last, whole, to be given back.
    MemorySegment memory() {
        return body;
    }

    @Override
    public void close() {
        pool.giveBack(column);
        encoder.close();
    }
}
