/// What the buffers of a batch contain, as far as a reader relies on it: offsets, indices, views,
/// type ids, run ends, text. Plain numbers are never touched.
@NullMarked
package dev.arrowshelf.store.ipc.content;

import org.jspecify.annotations.NullMarked;
