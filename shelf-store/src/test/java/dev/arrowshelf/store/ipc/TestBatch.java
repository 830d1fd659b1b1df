package dev.arrowshelf.store.ipc;

import java.util.ArrayList;
import java.util.List;

/// A record batch or dictionary batch for tests, buffer by buffer.
final class TestBatch {
    final long rows;
    final List<long[]> nodes = new ArrayList<>();
    final List<byte[]> buffers = new ArrayList<>();
    final List<Long> dataBuffers = new ArrayList<>();

    TestBatch(long rows) {
        this.rows = rows;
    }

    /// Adds a field node.
    TestBatch node(long length, long nulls) {
        nodes.add(new long[] {length, nulls});
        return this;
    }

    /// Adds a buffer.
    TestBatch buffer(byte... bytes) {
        buffers.add(bytes);
        return this;
    }

    /// Adds a buffer of 32-bit numbers.
    TestBatch ints(int... values) {
        byte[] bytes = new byte[4 * values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i / 4] >>> (8 * (i % 4)));
        }
        return buffer(bytes);
    }

    /// Adds a buffer of 64-bit numbers.
    TestBatch longs(long... values) {
        byte[] bytes = new byte[8 * values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i / 8] >>> (8 * (i % 8)));
        }
        return buffer(bytes);
    }

    /// Says how many data buffers the next field of views has.
    TestBatch dataBuffers(long count) {
        dataBuffers.add(count);
        return this;
    }
}
