/// Indexes as things: built, kept on the shelf, found again, dropped with their generation.
@NullMarked
package dev.arrowshelf.vector.index;

import org.jspecify.annotations.NullMarked;
