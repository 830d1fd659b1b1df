/// Vectors as they lie in tables, and how they become the numbers that are searched.
@NullMarked
package dev.arrowshelf.vector.points;

import org.jspecify.annotations.NullMarked;
