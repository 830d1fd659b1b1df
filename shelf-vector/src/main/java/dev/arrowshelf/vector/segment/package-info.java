/// An index as bytes: docs/spec/vector-index.md.
@NullMarked
package dev.arrowshelf.vector.segment;

import org.jspecify.annotations.NullMarked;
