/// The control block of a shelf directory (`docs/spec/shelf-directory.md`): one writer, any number
/// of readers.
@NullMarked
package dev.arrowshelf.memory.control;

import org.jspecify.annotations.NullMarked;
