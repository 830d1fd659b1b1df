package dev.arrowshelf.sql.arrow;

import dev.arrowshelf.store.table.batch.VectorShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes columns of a mapped record batch as structures of the Arrow C data interface that point
/// into the mapping.
///
/// One thread. The structures lie in the scratch memory; what they point to is the table's, which
/// the caller keeps open. Their release does nothing.
public final class ArrayWriter {
    private final Scratch scratch;
    private final MemorySegment release;

    /// @param release a native function that marks an array as released
    public ArrayWriter(Scratch scratch, MemorySegment release) {
        this.scratch = scratch;
        this.release = release;
    }

    /// Returns a struct array of these columns.
    public MemorySegment rows(List<MemorySegment> columns, long count) {
        MemorySegment array = structure(count, 0, 0, 1);
        CArrow.put(array, CArrow.ARRAY_BUFFERS, scratch.allocate(CArrow.POINTER_BYTES));
        children(array, columns);
        return array;
    }

    /// Returns some rows of a column. The whole column is described, its array begins at an offset.
    ///
    /// @param base where the partition is mapped
    public MemorySegment column(
            ColumnPlan plan, BatchLayout batch, long base, long from, long count) {
        Step step = new Step(batch, base, batch.begin(plan.number()), plan.dictionaries());
        MemorySegment array = write(step, plan.field());
        CArrow.put(array, CArrow.ARRAY_LENGTH, count);
        CArrow.put(array, CArrow.ARRAY_OFFSET, from);
        if (count != batch.rows() && step.nullsKnownOfWholeOnly(array)) {
            CArrow.put(array, CArrow.ARRAY_NULLS, -1);
        }
        return array;
    }

    /// Returns the values of a dictionary.
    public MemorySegment values(ColumnPlan.Node node, BatchLayout batch, long base) {
        return write(new Step(batch, base, new BatchLayout.Cursor(0, 0, 0), null), node);
    }

    private MemorySegment write(Step step, ColumnPlan.Node node) {
        VectorShape shape = node.shape();
        int at = step.cursor.node++;
        long length = step.batch.nodeLength(at);
        int fixed = shape.layout().buffers();
        boolean view = shape.layout() == VectorShape.Layout.VIEW;
        int data = view ? step.batch.variadic(step.cursor.variadic++) : 0;
        int count = fixed + data + (view ? 1 : 0);
        MemorySegment array = structure(length, step.batch.nodeNulls(at), 0, count);
        if (count > 0) {
            CArrow.put(array, CArrow.ARRAY_BUFFERS, buffers(step, shape, fixed + data, count));
        }
        if (!node.children().isEmpty()) {
            children(array, node.children().stream().map(child -> write(step, child)).toList());
        }
        if (node.dictionary().isPresent()) {
            long id = node.dictionary().getAsLong();
            CArrow.put(array, CArrow.ARRAY_DICTIONARY, step.dictionary(id));
        }
        return array;
    }

    /// The addresses of a vector's buffers; views have the lengths of their data buffers behind.
    private MemorySegment buffers(Step step, VectorShape shape, int stored, int count) {
        MemorySegment pointers = scratch.allocate(count * CArrow.POINTER_BYTES);
        for (int i = 0; i < stored; i++) {
            int buffer = step.cursor.buffer++;
            boolean allValid =
                    i == 0 && shape.layout().hasValidity() && step.batch.bufferBytes(buffer) == 0;
            long address = allValid ? 0 : step.base + step.batch.bufferOffset(buffer);
            pointers.setAtIndex(ValueLayout.JAVA_LONG, i, address);
        }
        if (count > stored) {
            int data = stored - shape.layout().buffers();
            MemorySegment lengths = scratch.allocate(Math.max(1, data) * (long) Long.BYTES);
            for (int i = 0; i < data; i++) {
                long bytes = step.batch.bufferBytes(step.cursor.buffer - data + i);
                lengths.setAtIndex(ValueLayout.JAVA_LONG, i, bytes);
            }
            pointers.setAtIndex(ValueLayout.ADDRESS, stored, lengths);
        }
        return pointers;
    }

    private void children(MemorySegment array, List<MemorySegment> children) {
        MemorySegment pointers = scratch.allocate(children.size() * CArrow.POINTER_BYTES);
        for (int i = 0; i < children.size(); i++) {
            pointers.setAtIndex(ValueLayout.ADDRESS, i, children.get(i));
        }
        CArrow.put(array, CArrow.ARRAY_CHILD_COUNT, children.size());
        CArrow.put(array, CArrow.ARRAY_CHILDREN, pointers);
    }

    private MemorySegment structure(long length, long nulls, long offset, int buffers) {
        MemorySegment array = scratch.allocate(CArrow.ARRAY_BYTES);
        CArrow.put(array, CArrow.ARRAY_LENGTH, length);
        CArrow.put(array, CArrow.ARRAY_NULLS, nulls);
        CArrow.put(array, CArrow.ARRAY_OFFSET, offset);
        CArrow.put(array, CArrow.ARRAY_BUFFER_COUNT, buffers);
        CArrow.put(array, CArrow.ARRAY_RELEASE, release);
        return array;
    }

    /// What is written now, and how far.
    private record Step(
            BatchLayout batch,
            long base,
            BatchLayout.Cursor cursor,
            ColumnPlan.@Nullable Dictionaries dictionaries) {

        boolean nullsKnownOfWholeOnly(MemorySegment array) {
            return array.get(ValueLayout.JAVA_LONG, CArrow.ARRAY_NULLS) != 0;
        }

        MemorySegment dictionary(long id) {
            if (dictionaries == null) {
                throw new IllegalStateException("dictionary inside a dictionary: id=" + id);
            }
            return dictionaries.values(id);
        }
    }
}
