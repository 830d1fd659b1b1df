package dev.arrowshelf.store.ipc.layout;

/// A range of a segment that nothing covers and that must be zero.
///
/// @param offset where it begins
/// @param bytes its length, more than 0
public record Gap(long offset, long bytes) {}
