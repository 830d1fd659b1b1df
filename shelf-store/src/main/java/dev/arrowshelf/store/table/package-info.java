/// Tables as Arrow vectors: reading them in place, and turning vectors into what an owner stores.
/// The only package of the store that knows arrow-java's vector types.
@NullMarked
package dev.arrowshelf.store.table;

import org.jspecify.annotations.NullMarked;
