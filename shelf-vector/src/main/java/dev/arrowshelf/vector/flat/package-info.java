/// Exact search over all rows.
@NullMarked
package dev.arrowshelf.vector.flat;

import org.jspecify.annotations.NullMarked;
