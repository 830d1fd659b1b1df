package dev.arrowshelf.store.publish;

import dev.arrowshelf.memory.DirectoryFeatures;
import dev.arrowshelf.store.catalog.Generations;
import dev.arrowshelf.store.directory.ShelfDirectory;
import java.time.InstantSource;

/// What every part of an owner works with.
///
/// @param directory the shelf directory
/// @param features what works there and is allowed
/// @param generations gives the shelf's next generation
/// @param clock wall time
/// @param crash where tests end the process
public record Surroundings(
        ShelfDirectory directory,
        DirectoryFeatures features,
        Generations generations,
        InstantSource clock,
        CrashPoint crash) {
    public void reached(CrashPoint.Step step) {
        crash.reached(step);
    }
}
