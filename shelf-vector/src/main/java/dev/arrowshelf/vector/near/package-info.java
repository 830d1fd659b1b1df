/// The nearest so far, filters, and work cut into blocks for several threads.
@NullMarked
package dev.arrowshelf.vector.near;

import org.jspecify.annotations.NullMarked;
