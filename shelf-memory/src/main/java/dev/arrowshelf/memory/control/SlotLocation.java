package dev.arrowshelf.memory.control;

import java.util.Objects;

/// Where a slot says that the table lies.
///
/// @param locator the slab's generation, or the number of partitions
/// @param offset the payload's offset in the slab; of segments: counts up each time a file of the
///   table moves, or its readers are asked to let go of it
/// @param length the payload's bytes in the slab; of segments: how many partitions are spilled
public record SlotLocation(Place place, long locator, int offset, int length) {
    public SlotLocation {
        Objects.requireNonNull(place);
    }

    /// A payload in a slab.
    public static SlotLocation inSlab(long slabGeneration, int offset, int length) {
        return new SlotLocation(Place.SLAB, slabGeneration, offset, length);
    }

    /// Segments of its own.
    public static SlotLocation inSegments(int partitions) {
        return new SlotLocation(Place.SEGMENTS, partitions, 0, 0);
    }

    /// Segments of its own, some of them on disk.
    public static SlotLocation inSegments(int partitions, int layout, int spilled) {
        return new SlotLocation(Place.SEGMENTS, partitions, layout, spilled);
    }

    /// Returns how many partitions are spilled.
    public int spilled() {
        return place == Place.SEGMENTS ? length : 0;
    }
}
