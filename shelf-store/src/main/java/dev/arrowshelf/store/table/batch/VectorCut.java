package dev.arrowshelf.store.table.batch;

import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;

/// Walks the nodes and buffers of one record batch and cuts vectors out of it, depth first.
///
/// One thread, one batch. Nothing here owns memory: what is cut goes to the parts given at
/// construction.
final class VectorCut {
    private static final int VIEW_BYTES = 16;
    private static final int INLINE_BYTES = 12;

    private final BatchParts in;
    private final boolean compact;
    private final BatchCutter.Parts out;
    private int node;
    private int buffer;
    private int variadic;

    VectorCut(BatchParts in, boolean compact, BatchCutter.Parts out) {
        this.in = in;
        this.compact = compact;
        this.out = out;
    }

    /// Where the walk stands.
    record Position(int node, int buffer, int variadic) {}

    Position position() {
        return new Position(node, buffer, variadic);
    }

    void moveTo(Position position) {
        node = position.node;
        buffer = position.buffer;
        variadic = position.variadic;
    }

    /// Passes a vector and its children.
    void skip(VectorShape shape) {
        node++;
        buffer += shape.layout().buffers();
        if (shape.layout() == VectorShape.Layout.VIEW) {
            buffer += Math.toIntExact(in.variadicBuffers(variadic++));
        }
        shape.children().forEach(this::skip);
    }

    /// Cuts the vector at the present position. Buffers come out exactly as long as their values:
    /// arrow-java takes what lies behind for room to write.
    void vector(VectorShape shape, long from, long count) {
        long length = in.nodeLength(node);
        long nulls = in.nodeNulls(node);
        node++;
        if (from < 0 || count < 0 || from > length - count) {
            throw new IllegalArgumentException(
                    "values are not in the vector: from=%d, count=%d, length=%d"
                            .formatted(from, count, length));
        }
        if (shape.layout().hasValidity()) {
            nulls = out.validity(next(), from, count, length, nulls);
        } else {
            nulls = nulls == length ? count : 0;
        }
        out.node(count, nulls);
        switch (shape.layout()) {
            case NULL -> {}
            case BITS -> out.bits(next(), from, count);
            case FIXED -> out.slice(next(), from * shape.width(), count * shape.width());
            case VARIABLE -> variable(shape.width(), from, count);
            case VIEW -> view(from, count);
            case LIST -> list(shape, from, count);
            case LIST_VIEW -> listView(shape, from, count);
            case FIXED_LIST ->
                    vector(
                            shape.children().getFirst(),
                            from * shape.width(),
                            count * shape.width());
            case STRUCT -> children(shape, from, count);
            case SPARSE_UNION -> {
                out.slice(next(), from, count);
                children(shape, from, count);
            }
            case DENSE_UNION -> denseUnion(shape, from, count);
            case RUN_END -> runEnds(shape, from, count, from == 0 && count == length);
        }
    }

    private ArrowBuf next() {
        return in.buffer(buffer++);
    }

    private void wholeVector(VectorShape shape) {
        vector(shape, 0, in.nodeLength(node));
    }

    private void children(VectorShape shape, long from, long count) {
        for (VectorShape child : shape.children()) {
            vector(child, from, count);
        }
    }

    private void variable(int width, long from, long count) {
        ArrowBuf offsets = next();
        ArrowBuf values = next();
        if (count == 0) {
            out.empty();
            out.empty();
        } else if (compact) {
            long first = offset(offsets, width, from);
            long last = offset(offsets, width, from + count);
            rebased(offsets, width, from, count + 1, first);
            out.slice(values, first, last - first);
        } else {
            out.slice(offsets, from * width, (count + 1) * width);
            out.whole(values);
        }
    }

    private void list(VectorShape shape, long from, long count) {
        ArrowBuf offsets = next();
        VectorShape child = shape.children().getFirst();
        if (count == 0) {
            out.empty();
            vector(child, 0, 0);
        } else if (compact) {
            long first = offset(offsets, shape.width(), from);
            long last = offset(offsets, shape.width(), from + count);
            rebased(offsets, shape.width(), from, count + 1, first);
            vector(child, first, last - first);
        } else {
            out.slice(offsets, from * shape.width(), (count + 1) * shape.width());
            wholeVector(child);
        }
    }

    private void listView(VectorShape shape, long from, long count) {
        ArrowBuf offsets = next();
        ArrowBuf sizes = next();
        int width = shape.width();
        if (!compact || count == 0) {
            out.slice(offsets, from * width, count * width);
            out.slice(sizes, from * width, count * width);
            wholeOrNothing(shape.children().getFirst(), count);
            return;
        }
        long first = Long.MAX_VALUE;
        long last = 0;
        for (long i = from; i < from + count; i++) {
            long size = offset(sizes, width, i);
            if (size > 0) {
                long begin = offset(offsets, width, i);
                first = Math.min(first, begin);
                last = Math.max(last, begin + size);
            }
        }
        first = Math.min(first, last);
        ArrowBuf rebased = out.fresh(count * width);
        for (long i = 0; i < count; i++) {
            boolean empty = offset(sizes, width, from + i) == 0;
            setOffset(rebased, width, i, empty ? 0 : offset(offsets, width, from + i) - first);
        }
        out.slice(sizes, from * width, count * width);
        vector(shape.children().getFirst(), first, last - first);
    }

    private void wholeOrNothing(VectorShape child, long count) {
        if (count == 0) {
            vector(child, 0, 0);
        } else {
            wholeVector(child);
        }
    }

    private void view(long from, long count) {
        ArrowBuf views = next();
        int buffers = Math.toIntExact(in.variadicBuffers(variadic++));
        ArrowBuf[] data = new ArrowBuf[buffers];
        for (int i = 0; i < buffers; i++) {
            data[i] = next();
        }
        if (compact) {
            compactViews(views, data, from, count);
            return;
        }
        out.slice(views, from * VIEW_BYTES, count * VIEW_BYTES);
        out.variadic(buffers);
        for (ArrowBuf each : data) {
            out.whole(each);
        }
    }

    /// Copies the long values that the views point to into one buffer. A null's view may be
    /// anything: it is made empty.
    private void compactViews(ArrowBuf views, ArrowBuf[] data, long from, long count) {
        ArrowBuf validity = out.lastBuffer();
        long bytes = 0;
        for (long i = 0; i < count; i++) {
            int length = isNull(validity, i) ? 0 : views.getInt((from + i) * VIEW_BYTES);
            bytes += length > INLINE_BYTES ? length : 0;
        }
        ArrowBuf target = out.fresh(count * VIEW_BYTES);
        out.variadic(bytes == 0 ? 0 : 1);
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "views need more than one data buffer when compacted: bytes=" + bytes);
        }
        ArrowBuf gathered = bytes == 0 ? target : out.fresh(bytes);
        long at = 0;
        for (long i = 0; i < count; i++) {
            long view = (from + i) * VIEW_BYTES;
            if (isNull(validity, i)) {
                target.setZero(i * VIEW_BYTES, VIEW_BYTES);
                continue;
            }
            target.setBytes(i * VIEW_BYTES, views, view, VIEW_BYTES);
            int length = views.getInt(view);
            if (length > INLINE_BYTES) {
                ArrowBuf source = data[views.getInt(view + 8)];
                gathered.setBytes(at, source, views.getInt(view + 12), length);
                target.setInt(i * VIEW_BYTES + 8, 0);
                target.setInt(i * VIEW_BYTES + 12, (int) at);
                at += length;
            }
        }
    }

    private static boolean isNull(ArrowBuf validity, long index) {
        return validity.capacity() > 0 && (validity.getByte(index >>> 3) >>> (index & 7) & 1) == 0;
    }

    private void denseUnion(VectorShape shape, long from, long count) {
        ArrowBuf types = next();
        ArrowBuf offsets = next();
        out.slice(types, from, count);
        if (!compact) {
            out.slice(offsets, from * Integer.BYTES, count * Integer.BYTES);
            shape.children().forEach(this::wholeVector);
            return;
        }
        long[] first = new long[Byte.MAX_VALUE + 1];
        long[] last = new long[Byte.MAX_VALUE + 1];
        Arrays.fill(first, Long.MAX_VALUE);
        for (long i = from; i < from + count; i++) {
            int type = types.getByte(i);
            long offset = offsets.getInt(i * Integer.BYTES);
            first[type] = Math.min(first[type], offset);
            last[type] = Math.max(last[type], offset + 1);
        }
        ArrowBuf rebased = out.fresh(count * Integer.BYTES);
        for (long i = 0; i < count; i++) {
            int offset = offsets.getInt((from + i) * Integer.BYTES);
            rebased.setInt(i * Integer.BYTES, (int) (offset - first[types.getByte(from + i)]));
        }
        for (int child = 0; child < shape.children().size(); child++) {
            int type = shape.typeIds().get(child);
            long begin = Math.min(first[type], last[type]);
            vector(shape.children().get(child), begin, last[type] - begin);
        }
    }

    private void runEnds(VectorShape shape, long from, long count, boolean whole) {
        VectorShape endsShape = shape.children().get(0);
        VectorShape valuesShape = shape.children().get(1);
        if (whole) {
            wholeVector(endsShape);
            wholeVector(valuesShape);
            return;
        }
        int width = endsShape.width();
        ArrowBuf ends = in.buffer(buffer + 1);
        long runs = in.nodeLength(node);
        long first = count == 0 ? 0 : runOf(ends, width, runs, from);
        long many = count == 0 ? 0 : runOf(ends, width, runs, from + count - 1) - first + 1;
        skip(endsShape);
        out.node(many, 0);
        out.allValid(many);
        ArrowBuf cut = out.fresh(many * width);
        for (long i = 0; i < many; i++) {
            long end = Math.min(offset(ends, width, first + i), from + count) - from;
            setOffset(cut, width, i, end);
        }
        vector(valuesShape, first, many);
    }

    /// Returns the run that a value lies in: the first whose end is beyond it.
    private static long runOf(ArrowBuf ends, int width, long runs, long value) {
        long low = 0;
        long high = runs - 1;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (offset(ends, width, middle) > value) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private void rebased(ArrowBuf offsets, int width, long from, long count, long first) {
        if (first == 0) {
            out.slice(offsets, from * width, count * width);
            return;
        }
        ArrowBuf rebased = out.fresh(count * width);
        for (long i = 0; i < count; i++) {
            setOffset(rebased, width, i, offset(offsets, width, from + i) - first);
        }
    }

    private static long offset(ArrowBuf offsets, int width, long index) {
        return switch (width) {
            case Short.BYTES -> offsets.getShort(index * Short.BYTES);
            case Integer.BYTES -> offsets.getInt(index * Integer.BYTES);
            default -> offsets.getLong(index * Long.BYTES);
        };
    }

    private static void setOffset(ArrowBuf offsets, int width, long index, long value) {
        switch (width) {
            case Short.BYTES -> offsets.setShort(index * Short.BYTES, (int) value);
            case Integer.BYTES -> offsets.setInt(index * Integer.BYTES, (int) value);
            default -> offsets.setLong(index * Long.BYTES, value);
        }
    }
}
