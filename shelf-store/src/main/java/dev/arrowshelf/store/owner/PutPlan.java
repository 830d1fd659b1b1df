package dev.arrowshelf.store.owner;

import java.util.List;

/// What the writer of a table has to do with the bodies of one request: map these files, copy these
/// ranges.
///
/// @param files files that are new or whose size has changed since the plan before
/// @param copies ranges to copy, in the order of their source positions
public record PutPlan(List<PlannedFile> files, List<PlannedCopy> copies) {
    /// Nothing to do.
    public static final PutPlan EMPTY = new PutPlan(List.of(), List.of());

    /// Copies the lists.
    public PutPlan {
        files = List.copyOf(files);
        copies = List.copyOf(copies);
    }
}
