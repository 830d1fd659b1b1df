/// What lies in a shelf directory: slabs, table descriptors, recovery at start.
///
/// Bytes and names follow `docs/spec/segments.md` and `docs/spec/shelf-directory.md`. Keys are
/// UTF-8 bytes. Nothing here decides when a table becomes visible; the owner does.
@NullMarked
package dev.arrowshelf.store.catalog;

import org.jspecify.annotations.NullMarked;
