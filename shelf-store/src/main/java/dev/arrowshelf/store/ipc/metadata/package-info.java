/// The flatbuffers inside Arrow IPC, checked: every offset, vtable, vector and string is looked at
/// before it is believed. Schema and field tree, record and dictionary batches, footers; and
/// whether a batch has the nodes and buffers its schema asks for.
@NullMarked
package dev.arrowshelf.store.ipc.metadata;

import org.jspecify.annotations.NullMarked;
