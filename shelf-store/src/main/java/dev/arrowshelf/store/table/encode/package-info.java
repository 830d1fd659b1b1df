/// Text columns of few distinct values as dictionaries, made while a table is put; and what that
/// saved. Knows vectors, not how they get to a shelf.
@NullMarked
package dev.arrowshelf.store.table.encode;

import org.jspecify.annotations.NullMarked;
