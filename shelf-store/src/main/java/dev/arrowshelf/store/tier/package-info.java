/// Tables that the shelves of several hosts share through a tier: published, fetched on a miss,
/// kept fresh.
@NullMarked
package dev.arrowshelf.store.tier;

import org.jspecify.annotations.NullMarked;
