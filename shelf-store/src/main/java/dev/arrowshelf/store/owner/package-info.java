/// The owner of a shelf: the one process that puts, replaces and deletes tables. Readers need
/// nothing of this package.
@NullMarked
package dev.arrowshelf.store.owner;

import org.jspecify.annotations.NullMarked;
