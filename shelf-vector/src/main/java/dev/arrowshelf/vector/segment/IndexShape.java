package dev.arrowshelf.vector.segment;

/// How large an index is.
///
/// @param tableRows rows of the table
/// @param points rows in the index
/// @param skipped rows that are no vectors
/// @param dimensions as searched
/// @param createdMillis when it was built, milliseconds since 1970
public record IndexShape(
        long tableRows, int points, long skipped, int dimensions, long createdMillis) {}
