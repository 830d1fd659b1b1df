/// The bytes of a shelf: the limit, what is charged to it, files for puts, and withdrawn files that
/// wait for their readers.
///
/// Used by the owner alone. Nothing here knows tables or keys.
@NullMarked
package dev.arrowshelf.store.space;

import org.jspecify.annotations.NullMarked;
