/// Putting tables through a [dev.arrowshelf.store.table.PutPort]: vectors, files and channels
/// become IPC messages, a plan is carried out into mapped files, and a builder's vectors lie in the
/// file from the start. The same for an owner in this process and for a client of one.
@NullMarked
package dev.arrowshelf.store.table.put;

import org.jspecify.annotations.NullMarked;
