package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.SegmentComposer;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Space;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One partition of a put under way: the plan of its segment, its file once it has bytes, and the
/// dictionary bodies that the owner itself copies from earlier partitions. Used by one thread at a
/// time.
final class PartitionDraft {
    private final int number;
    private final SegmentComposer composer;
    private final List<CarriedCopy> carried = new ArrayList<>();
    private @Nullable DraftFile file;
    private long plannedBytes;

    /// Bytes of an earlier partition's file that this one needs as well.
    record CarriedCopy(PartitionDraft from, long bodyOffset, CopyRange range) {}

    PartitionDraft(int number, SegmentComposer composer) {
        this.number = number;
        this.composer = composer;
    }

    /// A partition whose file was there before its plan.
    PartitionDraft(int number, SegmentComposer composer, DraftFile file) {
        this(number, composer);
        this.file = file;
    }

    int number() {
        return number;
    }

    SegmentComposer composer() {
        return composer;
    }

    List<CarriedCopy> carried() {
        return carried;
    }

    /// Returns by how much the plan has grown since the last time.
    long growth() {
        long before = plannedBytes;
        plannedBytes = composer.contentBytes();
        return plannedBytes - before;
    }

    /// Makes the partition's file as long as its plan says, and takes one when there is none.
    ///
    /// @param hopedBytes how long it is expected to become; 0 when nothing is known
    /// @return whether the file is new or its length has changed
    boolean fit(Space space, ColdPages cold, long hopedBytes) throws IOException {
        long needed = composer.contentBytes();
        if (file == null) {
            file = space.take(needed, hopedBytes, cold.asOfPool());
            return true;
        }
        long before = file.bytes();
        space.grow(file, needed, cold.asOfPool());
        return file.bytes() != before;
    }

    boolean hasFile() {
        return file != null;
    }

    DraftFile file() {
        DraftFile present = file;
        if (present == null) {
            throw new IllegalStateException("partition has no file: number=" + number);
        }
        return present;
    }

    /// Hands the file over: what becomes of it is no longer this partition's business.
    DraftFile takeFile() {
        DraftFile present = file();
        file = null;
        return present;
    }

    void giveBack(Space space) {
        if (file != null) {
            space.giveBack(takeFile());
        }
    }
}
