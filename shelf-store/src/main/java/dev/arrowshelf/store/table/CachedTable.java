package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.control.ControlReader;

/// A mapped table and the slot that named it: true as long as the slot of that control block keeps
/// its sequence. Immutable.
///
/// @param control the block the slot was read from
/// @param index number of the slot
/// @param sequence the slot's sequence then
/// @param table what it named
record CachedTable(ControlReader control, int index, long sequence, MappedTable table) {
    /// Returns whether this is still the table of its name, given the block that is true now. Two
    /// loads, no system call.
    boolean isCurrent(ControlReader now) {
        return control == now && now.sequence(index) == sequence;
    }
}
