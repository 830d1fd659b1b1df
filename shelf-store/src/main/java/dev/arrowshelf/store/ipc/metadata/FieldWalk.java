package dev.arrowshelf.store.ipc.metadata;

import java.util.List;

/// Goes through the fields of a batch in the order of their nodes and buffers.
public final class FieldWalk {
    private final BatchMetadata batch;
    private final FieldVisitor visitor;
    private int node;
    private int buffer;
    private int views;

    private FieldWalk(BatchMetadata batch, FieldVisitor visitor) {
        this.batch = batch;
        this.visitor = visitor;
    }

    /// Visits all fields of a batch whose counts [StructureCheck] found to fit.
    public static void walk(BatchMetadata batch, List<FieldLayout> fields, FieldVisitor visitor) {
        new FieldWalk(batch, visitor).all(fields);
    }

    /// Returns the fields that a batch consists of: the columns, or the values of its dictionary.
    public static List<FieldLayout> fieldsOf(BatchMetadata batch, SchemaMetadata schema) {
        return batch.isDictionary()
                ? List.of(schema.dictionaries().get(batch.dictionary()).values())
                : schema.columns();
    }

    private void all(List<FieldLayout> fields) {
        for (int i = 0; i < fields.size(); i++) {
            one(fields.get(i));
        }
    }

    private void one(FieldLayout field) {
        int own = buffer;
        int dataBuffers = field.shape() == FieldShape.VIEW ? (int) batch.variadicCount(views++) : 0;
        buffer += field.shape().buffers() + dataBuffers;
        visitor.field(field, node++, own, dataBuffers);
        all(field.children());
    }
}
