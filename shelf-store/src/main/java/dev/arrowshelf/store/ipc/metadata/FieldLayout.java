package dev.arrowshelf.store.ipc.metadata;

import java.util.Arrays;
import java.util.List;

/// One field of a schema as its buffers see it: shape, widths, children. A dictionary-encoded field
/// has the shape of its indices; the values' layout is in the schema's [DictionaryLayout].
/// Immutable.
public final class FieldLayout {
    private final FieldName name;
    private final FieldShape shape;
    private final int width;
    private final int dictionary;
    private final boolean flag;
    private final byte[] unionChildren;
    private final List<FieldLayout> children;
    private final int nodes;
    private final int buffers;
    private final int views;

    /// @param width see [#width]
    /// @param dictionary see [#dictionary]
    /// @param flag whether values are text (VARIABLE, VIEW), or indices are signed (INDEX)
    /// @param unionChildren for unions: the child of each type id from 0, -1 where there is none;
    ///   otherwise empty and not used
    FieldLayout(
            FieldName name,
            FieldShape shape,
            int width,
            int dictionary,
            boolean flag,
            byte[] unionChildren,
            List<FieldLayout> children) {
        this.name = name;
        this.shape = shape;
        this.width = width;
        this.dictionary = dictionary;
        this.flag = flag;
        this.unionChildren = unionChildren;
        this.children = children;
        int nodeSum = 1;
        int bufferSum = shape.buffers();
        int viewSum = shape == FieldShape.VIEW ? 1 : 0;
        for (FieldLayout child : children) {
            nodeSum += child.nodes;
            bufferSum += child.buffers;
            viewSum += child.views;
        }
        this.nodes = nodeSum;
        this.buffers = bufferSum;
        this.views = viewSum;
    }

    /// Returns the field's own name.
    public String name() {
        return name.own();
    }

    /// Returns the names from the column down to this field, with dots between, for errors; long
    /// ones are cut.
    public String path() {
        return name.path();
    }

    /// Returns how the buffers are arranged.
    public FieldShape shape() {
        return shape;
    }

    /// Returns what the shape leaves open: bits of a value (FIXED, INDEX), bytes of an offset
    /// (VARIABLE, lists, list views), length of each list (FIXED_LIST); otherwise 0.
    public int width() {
        return width;
    }

    /// Returns whether the values are text.
    public boolean utf8() {
        return (shape == FieldShape.VARIABLE || shape == FieldShape.VIEW) && flag;
    }

    /// Returns which dictionary an INDEX points into, as an ordinal of the schema's dictionaries;
    /// otherwise -1.
    public int dictionary() {
        return dictionary;
    }

    /// Returns whether the indices of an INDEX are signed numbers.
    public boolean signedIndices() {
        return shape == FieldShape.INDEX && flag;
    }

    /// Returns the child that a type id of a union selects, -1 for none.
    public int childOfType(int typeId) {
        return typeId >= 0 && typeId < unionChildren.length ? unionChildren[typeId] : -1;
    }

    /// Returns the child fields.
    public List<FieldLayout> children() {
        return children;
    }

    /// Returns the field nodes of this field and everything below it.
    public int nodes() {
        return nodes;
    }

    /// Returns the buffers of this field and everything below it, without the data buffers of
    /// views.
    public int buffers() {
        return buffers;
    }

    /// Returns how many fields here and below have views, each of which brings one count of data
    /// buffers.
    public int views() {
        return views;
    }

    /// Returns whether both arrange their buffers alike all the way down, whatever the names.
    boolean sameLayout(FieldLayout other) {
        if (shape != other.shape
                || width != other.width
                || dictionary != other.dictionary
                || flag != other.flag
                || !Arrays.equals(unionChildren, other.unionChildren)
                || children.size() != other.children.size()) {
            return false;
        }
        for (int i = 0; i < children.size(); i++) {
            if (!children.get(i).sameLayout(other.children.get(i))) {
                return false;
            }
        }
        return true;
    }
}
