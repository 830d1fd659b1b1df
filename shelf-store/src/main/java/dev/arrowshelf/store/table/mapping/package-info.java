/// The bytes of tables as a reader has them: mapped in shared memory, or on disk until somebody
/// reads them.
@NullMarked
package dev.arrowshelf.store.table.mapping;

import org.jspecify.annotations.NullMarked;
