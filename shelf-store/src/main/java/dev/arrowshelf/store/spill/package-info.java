/// Partitions on disk: the folders of a shelf in its spill directories, and the bytes in them.
///
/// Used by the owner alone. Knows generations and partitions, not tables or keys.
@NullMarked
package dev.arrowshelf.store.spill;

import org.jspecify.annotations.NullMarked;
