package dev.arrowshelf.vector.model;

/// How an answer came about.
///
/// @param index what was used
/// @param reason why, in words
/// @param generation of the table that was searched
/// @param searchedRows rows in the search: those of the table that are vectors
/// @param skippedRows rows left out because a coordinate is null or not a finite number, or because
///   a cosine has no direction
/// @param skippedQueries queries left unanswered for the same reasons
public record SearchFacts(
        IndexKind index,
        String reason,
        long generation,
        long searchedRows,
        long skippedRows,
        long skippedQueries) {}
