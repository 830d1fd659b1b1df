package dev.arrowshelf.memory.control;

/// What a slot tells about its table without opening it.
///
/// @param createdMillis milliseconds since 1970
public record TableFigures(long rows, long bytes, int columns, long createdMillis) {}
