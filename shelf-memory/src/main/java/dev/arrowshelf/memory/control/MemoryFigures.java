package dev.arrowshelf.memory.control;

/// Where the shelf's memory is, in bytes.
///
/// @param unlinkedBytes withdrawn, still mapped by a reader
/// @param writingBytes reserved for tables that are being put
public record MemoryFigures(
        long limitBytes,
        long residentBytes,
        long poolBytes,
        long unlinkedBytes,
        long writingBytes) {}
