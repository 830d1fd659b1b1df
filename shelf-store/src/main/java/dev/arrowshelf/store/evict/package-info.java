/// Which tables leave memory, when, and how they come back.
///
/// Used by the owner alone. Policies know bytes and uses, not Arrow.
@NullMarked
package dev.arrowshelf.store.evict;

import org.jspecify.annotations.NullMarked;
