/// The warm pool: files whose pages exist before anybody needs them, and the background work that
/// makes pages huge.
@NullMarked
package dev.arrowshelf.memory.pool;

import org.jspecify.annotations.NullMarked;
