/// Record batches as nodes and buffers: what layout each type has, how rows and columns are cut out
/// without vectors, and how vectors are made of the result.
@NullMarked
package dev.arrowshelf.store.table.batch;

import org.jspecify.annotations.NullMarked;
