package dev.arrowshelf.store.ipc.metadata;

/// A dictionary that fields of a schema refer to.
///
/// @param id its id in the schema and in dictionary batches
/// @param values the field tree of its values
public record DictionaryLayout(long id, FieldLayout values) {}
