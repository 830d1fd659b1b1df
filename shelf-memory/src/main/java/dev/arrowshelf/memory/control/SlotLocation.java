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

    /// A payload in a slab on disk.
    public static SlotLocation inSpilledSlab(long slabGeneration, int offset, int length) {
        return new SlotLocation(Place.SPILLED_SLAB, slabGeneration, offset, length);
    }

    /// Segments of its own.
    public static SlotLocation inSegments(int partitions) {
        return new SlotLocation(Place.SEGMENTS, partitions, 0, 0);
    }

    /// Segments of its own, some of them on disk.
    public static SlotLocation inSegments(int partitions, int layout, int spilled) {
        return new SlotLocation(Place.SEGMENTS, partitions, layout, spilled);
    }

    /// Returns whether the table is a record among others.
    public boolean isInSlab() {
        return place != Place.SEGMENTS;
    }

    /// Returns how many partitions the table has.
    public int partitions() {
        return isInSlab() ? 1 : Math.toIntExact(locator);
    }

    /// Returns how many partitions are on disk.
    public int spilled() {
        return switch (place) {
            case SLAB -> 0;
            case SPILLED_SLAB -> 1;
            case SEGMENTS -> length;
        };
    }
}
