package dev.arrowshelf.store.persist;

import dev.arrowshelf.memory.Region;
import dev.arrowshelf.memory.pool.ColdPages;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.ipc.ContentValidator;
import dev.arrowshelf.store.ipc.SegmentFile;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Space;
import dev.arrowshelf.store.spill.DraftTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// A file that becomes a segment: taken when its first bytes come, sealed and validated when its
/// last are there. The same rules as for every [Landing]; ended by [#giveBack] where it does not
/// get so far, when nobody fills it any more.
final class SegmentLanding implements Landing {
    private static final int SEALED_MODE = 0400;

    private final Space space;
    private final Descriptor.Partition partition;
    private final boolean utf8;
    private @Nullable DraftFile file;
    private @Nullable DraftTarget target;

    SegmentLanding(Space space, Descriptor.Partition partition, boolean utf8) {
        this.space = space;
        this.partition = partition;
        this.utf8 = utf8;
    }

    @Override
    public MemorySegment place(long offset, long bytes) throws IOException {
        return target().place(offset, bytes);
    }

    private synchronized DraftTarget target() throws IOException {
        DraftTarget made = target;
        if (made == null) {
            made = new DraftTarget(file());
            target = made;
        }
        return made;
    }

    private synchronized DraftFile file() throws IOException {
        DraftFile taken = file;
        if (taken == null) {
            taken = space.take(partition.bytes(), ColdPages.ALLOCATED);
            file = taken;
            space.cut(taken, partition.bytes());
        }
        return taken;
    }

    /// Seals the file: the writable mapping ends before what it holds is looked at.
    @Override
    public void done() throws IOException {
        DraftFile taken = file();
        unmap();
        taken.handle().chmod(SEALED_MODE);
        taken.closeHandle();
        try (Region sealed = Region.mapReadOnly(taken.path())) {
            ContentValidator.validate(sealed.segment(), utf8);
            SegmentFile content = SegmentFile.read(sealed.segment());
            if (content.rows() != partition.rows()) {
                throw new ShelfException(
                        ErrorCode.CORRUPT,
                        "persisted table does not fit its manifest: rows=%d, stated=%d"
                                .formatted(content.rows(), partition.rows()));
            }
        }
    }

    /// Returns the sealed file, to be published.
    Publisher.Sealed sealed() throws IOException {
        return new Publisher.Sealed(file(), partition.rows(), partition.batches());
    }

    /// Ends a file that becomes no segment.
    synchronized void giveBack() {
        unmap();
        DraftFile taken = file;
        file = null;
        if (taken != null) {
            space.giveBack(taken);
        }
    }

    private synchronized void unmap() {
        DraftTarget mapped = target;
        target = null;
        if (mapped != null) {
            mapped.close();
        }
    }
}
