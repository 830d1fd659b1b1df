/// Decoders of compressed bytes that work in memory, from one segment into another.
@NullMarked
package dev.arrowshelf.store.ipc.codec;

import org.jspecify.annotations.NullMarked;
