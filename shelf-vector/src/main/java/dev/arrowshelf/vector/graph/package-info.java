/// The graph index: near points linked in levels (HNSW).
@NullMarked
package dev.arrowshelf.vector.graph;

import org.jspecify.annotations.NullMarked;
