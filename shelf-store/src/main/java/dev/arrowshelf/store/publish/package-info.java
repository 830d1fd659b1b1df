/// What keys name: shows finished tables, replaces, moves and deletes them, in steps after each of
/// which the process may die.
///
/// Used by the owner alone.
@NullMarked
package dev.arrowshelf.store.publish;

import org.jspecify.annotations.NullMarked;
