package dev.arrowshelf.memory.control;

/// Size and age of a catalogue.
///
/// @param incarnation the generation taken for this control file
/// @param changes counts publications and withdrawals
public record CatalogueFigures(
        long incarnation,
        long changes,
        long slots,
        long tables,
        long keyHeapBytes,
        long keyHeapUsedBytes) {}
