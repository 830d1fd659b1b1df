package dev.arrowshelf.store.model;

/// Everything the owner knows about a table.
///
/// @param info its facts
/// @param expiresMillis when it ends, milliseconds since 1970; 0: not by itself
/// @param mostIdleMillis how long it may go unused; 0: any time
/// @param lastUseMillis when it was used last, as far as its readers said
/// @param uses how often it was used, about
/// @param spilledPartitions how many of its partitions lie on disk
/// @param metadata the putter's own JSON text; empty for none
public record TableDetails(
        TableInfo info,
        long expiresMillis,
        long mostIdleMillis,
        long lastUseMillis,
        long uses,
        int spilledPartitions,
        String metadata) {}
