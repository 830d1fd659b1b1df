/// The exact k-d tree for few dimensions.
@NullMarked
package dev.arrowshelf.vector.tree;

import org.jspecify.annotations.NullMarked;
