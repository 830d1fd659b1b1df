/// Arrow IPC bytes: checks what any Arrow library sent, plans its place in a segment or a slab, and
/// reads segments back. The producer's metadata is patched in place, never encoded anew, so no
/// knowledge of types is needed to lay a table out. Works on `MemorySegment` and byte arrays only;
/// knows neither vectors nor files.
@NullMarked
package dev.arrowshelf.store.ipc;

import org.jspecify.annotations.NullMarked;
