package dev.arrowshelf.store.ipc;

/// A range of a segment that nothing covers and that must be zero.
///
/// @param offset where it begins
/// @param bytes its length, more than 0
record Gap(long offset, long bytes) {}
