package dev.arrowshelf.store.catalog;

import dev.arrowshelf.store.directory.ShelfFileName;
import java.util.List;

/// What an earlier owner left in a shelf directory: the tables that live on, and what has to go.
///
/// @param tables tables in segments, one generation of each key
/// @param records tables in slabs, one generation of each key
/// @param leftovers what is to be removed once the new control block is in place
/// @param residentBytes pages of slabs, descriptors and the segments they name, replaced tables
///   included; not of orphans and dead files
/// @param quarantinedBytes pages of what lies in `quarantine/`
/// @param highestGeneration the highest generation that any name or record carries; 0 when there is
///   none
/// @param warnings what did not fit and was put aside, in plain words
public record RecoveredShelf(
        List<Descriptor> tables,
        List<SlabRecord> records,
        Leftovers leftovers,
        long residentBytes,
        long quarantinedBytes,
        long highestGeneration,
        List<String> warnings) {

    /// Copies the lists.
    public RecoveredShelf {
        tables = List.copyOf(tables);
        records = List.copyOf(records);
        warnings = List.copyOf(warnings);
    }

    /// What an owner that died left half done.
    ///
    /// @param tables replaced tables whose descriptor is still there
    /// @param records replaced records that are still live
    /// @param segments segments that no descriptor names
    /// @param emptySlabs slabs without a live record
    /// @param dead withdrawn files in `tmp/` that a reader may still have mapped
    public record Leftovers(
            List<Descriptor> tables,
            List<SlabRecord> records,
            List<ShelfFileName> segments,
            List<Long> emptySlabs,
            List<ShelfFileName> dead) {
        /// Copies the lists.
        public Leftovers {
            tables = List.copyOf(tables);
            records = List.copyOf(records);
            segments = List.copyOf(segments);
            emptySlabs = List.copyOf(emptySlabs);
            dead = List.copyOf(dead);
        }
    }
}
