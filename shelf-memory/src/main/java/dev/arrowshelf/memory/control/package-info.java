/// The control block of a shelf directory (`docs/spec/shelf-directory.md`) and the lock of the one
/// process that writes it.
@NullMarked
package dev.arrowshelf.memory.control;

import org.jspecify.annotations.NullMarked;
