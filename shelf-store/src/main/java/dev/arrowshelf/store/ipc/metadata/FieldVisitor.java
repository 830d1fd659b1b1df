package dev.arrowshelf.store.ipc.metadata;

/// Is told, for each field of a batch, which nodes and buffers are its own.
@FunctionalInterface
public interface FieldVisitor {
    /// Called once for each field, a parent before its children.
    ///
    /// @param node index of the field's node; its children's nodes follow
    /// @param buffer index of the field's first buffer
    /// @param dataBuffers data buffers of a field of views, 0 for other fields
    void field(FieldLayout field, int node, int buffer, int dataBuffers);
}
