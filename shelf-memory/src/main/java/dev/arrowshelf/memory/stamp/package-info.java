/// What readers say about tables: the file `access` with last uses and lifetimes.
///
/// Advice for eviction and the measure of idleness; which table a name stands for never depends on
/// it.
@NullMarked
package dev.arrowshelf.memory.stamp;

import org.jspecify.annotations.NullMarked;
