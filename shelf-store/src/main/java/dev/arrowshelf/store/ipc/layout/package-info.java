/// Messages on their way to a new place: where the buffers of a batch lie, where they will lie, and
/// the head that goes before them.
@NullMarked
package dev.arrowshelf.store.ipc.layout;

import org.jspecify.annotations.NullMarked;
