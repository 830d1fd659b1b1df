package dev.arrowshelf.store.ipc.metadata;

/// How the buffers of a field are arranged. Types that differ only in what their values mean share
/// a shape.
public enum FieldShape {
    /// No buffers.
    NULL(0),
    /// Validity, values of a fixed number of bits.
    FIXED(2),
    /// Validity, offsets, data.
    VARIABLE(3),
    /// Validity, views of 16 bytes, any number of data buffers.
    VIEW(2),
    /// Validity, offsets; one child.
    LIST(2),
    /// As a list whose child is a struct without nulls, its first child without nulls.
    MAP(2),
    /// Validity, offsets, sizes; one child.
    LIST_VIEW(3),
    /// Validity; one child.
    FIXED_LIST(1),
    /// Validity; children of the same length.
    STRUCT(1),
    /// Type ids; children of the same length.
    SPARSE_UNION(1),
    /// Type ids, offsets; children of any length.
    DENSE_UNION(2),
    /// No buffers; the children are run ends and values.
    RUN_ENDS(0),
    /// Validity, indices into a dictionary.
    INDEX(2);

    private final int buffers;

    FieldShape(int buffers) {
        this.buffers = buffers;
    }

    /// Returns the number of buffers of the field itself, without the data buffers of views.
    public int buffers() {
        return buffers;
    }

    /// Returns whether the first buffer is a validity bitmap.
    public boolean hasValidity() {
        return switch (this) {
            case NULL, SPARSE_UNION, DENSE_UNION, RUN_ENDS -> false;
            case FIXED, VARIABLE, VIEW, LIST, MAP, LIST_VIEW, FIXED_LIST, STRUCT, INDEX -> true;
        };
    }
}
