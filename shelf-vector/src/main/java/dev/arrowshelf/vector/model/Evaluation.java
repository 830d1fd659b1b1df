package dev.arrowshelf.vector.model;

/// What one setting of an index was measured to give, against exact search of the same queries.
///
/// @param index the kind
/// @param setting lists looked through (IVF), candidates kept (HNSW); 0 where there is nothing to
///   set
/// @param recall share of the true neighbours that were found, 0 to 1
/// @param micros time of a query in the batch, microseconds, all threads working
public record Evaluation(IndexKind index, int setting, double recall, double micros) {}
