package dev.arrowshelf.memory.control;

import dev.arrowshelf.memory.owner.ProcessIdentity;
import java.time.InstantSource;
import java.util.Objects;
import java.util.UUID;
import java.util.function.LongSupplier;

/// What an owner says about itself in its control block.
///
/// @param tables how many tables to leave room for at first; the block grows by itself
/// @param generations gives the next generation of the shelf, for each new control file
public record ControlSettings(
        int tables,
        ProcessIdentity owner,
        UUID shelfId,
        ShelfFeatures features,
        LongSupplier generations,
        InstantSource clock) {
    public ControlSettings {
        if (tables < 0) {
            throw new IllegalArgumentException("table count is negative: tables=" + tables);
        }
        Objects.requireNonNull(owner);
        Objects.requireNonNull(shelfId);
        Objects.requireNonNull(features);
        Objects.requireNonNull(generations);
        Objects.requireNonNull(clock);
    }
}
