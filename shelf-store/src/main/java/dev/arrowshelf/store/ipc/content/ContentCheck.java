package dev.arrowshelf.store.ipc.content;

import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FieldLayout;
import dev.arrowshelf.store.ipc.metadata.FieldWalk;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Checks the content of batches whose structure is known to be right. Keeps small arrays between
/// batches; not safe for use by several threads at once.
public final class ContentCheck {
    private final SchemaMetadata schema;
    private final boolean utf8;
    private final OffsetCheck offsets = new OffsetCheck();
    private @Nullable RareChecks rare;

    /// Begins checks of the batches of one table.
    ///
    /// @param utf8 whether text must be UTF-8
    public ContentCheck(SchemaMetadata schema, boolean utf8) {
        this.schema = schema;
        this.utf8 = utf8;
    }

    /// Checks one uncompressed batch.
    ///
    /// @param base memory that holds the body
    /// @param bodyOffset where the body begins in it
    /// @param dictionaryLengths length of each dictionary of the schema at this point
    public void check(
            BatchMetadata batch, MemorySegment base, long bodyOffset, long[] dictionaryLengths) {
        FieldWalk.walk(
                batch,
                FieldWalk.fieldsOf(batch, schema),
                (field, node, buffer, dataBuffers) ->
                        check(
                                field,
                                new ColumnBuffers(
                                        batch, base, bodyOffset, field, node, buffer, dataBuffers),
                                dictionaryLengths));
    }

    private void check(FieldLayout field, ColumnBuffers column, long[] dictionaryLengths) {
        if (field.shape().hasValidity()) {
            NullCheck.check(column);
        }
        switch (field.shape()) {
            case NULL, FIXED, FIXED_LIST, STRUCT -> {}
            case VARIABLE -> {
                offsets.offsets(column, column.bytes(2));
                if (utf8 && field.utf8()) {
                    rare().text.check(column);
                }
            }
            case LIST, MAP -> offsets.offsets(column, column.childLength());
            case RUN_ENDS -> offsets.runEnds(column);
            case LIST_VIEW -> rare().listViews.check(column);
            case VIEW -> rare().views.check(column, utf8 && field.utf8());
            case SPARSE_UNION, DENSE_UNION -> rare().unions.check(column);
            case INDEX -> rare().indices.check(column, dictionaryLengths[field.dictionary()]);
        }
    }

    private RareChecks rare() {
        if (rare == null) {
            rare = new RareChecks();
        }
        return rare;
    }

    /// Checks with arrays of their own, made only for tables that need them.
    private static final class RareChecks {
        private final NumberWindow numbers = new NumberWindow();
        private final NumberWindow others = new NumberWindow();
        private final Utf8 utf8 = new Utf8();
        private final TextCheck text = new TextCheck(utf8, numbers);
        private final ViewCheck views = new ViewCheck(utf8);
        private final ListViewCheck listViews = new ListViewCheck(numbers, others);
        private final UnionCheck unions = new UnionCheck(numbers, others);
        private final IndexCheck indices = new IndexCheck(numbers);
    }
}
