/// Vector search over the tables of a shelf: `VectorSearch` is the door.
@NullMarked
package dev.arrowshelf.vector;

import org.jspecify.annotations.NullMarked;
