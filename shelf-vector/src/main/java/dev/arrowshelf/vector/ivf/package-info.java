/// Lists of points around trained centres, of which a search looks through the nearest.
@NullMarked
package dev.arrowshelf.vector.ivf;

import org.jspecify.annotations.NullMarked;
