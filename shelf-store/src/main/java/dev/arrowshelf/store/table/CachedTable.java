package dev.arrowshelf.store.table;

import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.stamp.AccessStamps;
import java.time.InstantSource;

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

    /// Returns whether the table is over by itself at this moment; one that is used counts as used
    /// now where that is what keeps it.
    boolean isOver(InstantSource clock) {
        AccessStamps stamps = control.stamps();
        if (stamps == null || !stamps.isLimited(index)) {
            return false;
        }
        long now = clock.millis();
        if (stamps.isOver(index, now)) {
            return true;
        }
        if (stamps.mostIdle(index) != AccessStamps.NEVER) {
            stamps.used(index, now, 0);
        }
        return false;
    }

    /// Stamps the uses of the table since the last time; false when the slot names another one now.
    boolean stampUses(ControlReader now, long nowMillis) {
        AccessStamps stamps = control.stamps();
        if (stamps == null || !isCurrent(now)) {
            return false;
        }
        stamps.used(index, nowMillis, table.takeUses());
        return true;
    }
}
