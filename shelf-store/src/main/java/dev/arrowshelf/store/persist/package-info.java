/// Tables outside the shelf: to a directory or another tier and back, whole or not at all.
///
/// [dev.arrowshelf.store.persist.ColdTier] is the port that other rooms implement.
@NullMarked
package dev.arrowshelf.store.persist;

import org.jspecify.annotations.NullMarked;
