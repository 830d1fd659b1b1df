package dev.arrowshelf.store.ipc.metadata;

import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/// A dictionary that fields of a schema refer to.
///
/// @param id its id in the schema and in dictionary batches
/// @param values the field tree of its values
/// @param inner ordinals of all dictionaries that the values refer to, directly or through others,
///   ascending
public record DictionaryLayout(long id, FieldLayout values, List<Integer> inner) {
    public DictionaryLayout {
        inner = List.copyOf(inner);
    }

    /// Makes the layout of a dictionary from those that were met before it.
    static DictionaryLayout of(long id, FieldLayout values, List<DictionaryLayout> before) {
        SortedSet<Integer> inner = new TreeSet<>();
        collect(values, before, inner);
        return new DictionaryLayout(id, values, List.copyOf(inner));
    }

    private static void collect(
            FieldLayout field, List<DictionaryLayout> before, SortedSet<Integer> inner) {
        if (field.shape() == FieldShape.INDEX && inner.add(field.dictionary())) {
            inner.addAll(before.get(field.dictionary()).inner());
        }
        for (FieldLayout child : field.children()) {
            collect(child, before, inner);
        }
    }
}
