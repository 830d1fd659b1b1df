package dev.arrowshelf.memory.control;

/// One live table as the control block shows it: a consistent copy of its slot.
///
/// @param index which slot, to ask for its sequence again
/// @param sequence changes with every change of the slot; while it stays, everything here is true
public record Slot(
        int index, long sequence, long generation, SlotLocation location, TableFigures figures) {}
