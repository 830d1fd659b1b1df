package dev.arrowshelf.store.ipc;

/// Where bytes of a message's body lie already in a file whose table was built in place.
///
/// @param sourcePosition position in the message's body
/// @param bytes length
/// @param fileOffset offset in the file
public record Placement(long sourcePosition, long bytes, long fileOffset) {}
