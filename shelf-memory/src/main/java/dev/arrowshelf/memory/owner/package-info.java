/// Who may change a shelf: the lock of its one owner, and how to tell whether a process still
/// lives.
@NullMarked
package dev.arrowshelf.memory.owner;

import org.jspecify.annotations.NullMarked;
