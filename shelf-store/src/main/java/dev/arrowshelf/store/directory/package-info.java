/// The shelf directory itself: its folders, the names of the files in them, whether a write waits
/// for the disk, and how many bytes a file takes.
///
/// Names follow `docs/spec/shelf-directory.md`.
@NullMarked
package dev.arrowshelf.store.directory;

import org.jspecify.annotations.NullMarked;
