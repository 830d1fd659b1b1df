package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.memory.ParallelCopy;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.ipc.BodyDecoder;
import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.PlannedCopy;
import dev.arrowshelf.store.owner.PlannedFile;
import dev.arrowshelf.store.owner.PutPlan;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Carries out the plans of one put: maps the planned files, copies or decodes the bodies into
/// them.
///
/// One thread; the copying itself uses several. Owns the mappings and descriptors until [#close()],
/// which must come before the commit: the owner seals only what nobody can write to.
final class PlanCopier implements AutoCloseable {
    private static final int GROWTH_RESERVED = 4;

    private final ParallelCopy copy;
    private final Map<Integer, Target> targets = new HashMap<>();

    PlanCopier(ParallelCopy copy) {
        this.copy = copy;
    }

    /// A planned file as it is mapped now.
    ///
    /// @param reservedBytes how far the region can be extended; 0 when it cannot
    private record Target(FileHandle file, Region region, long warmBytes, long reservedBytes) {
        void close() {
            region.close();
            file.close();
        }
    }

    /// Copies the bodies of a group to where the plan says.
    void carryOut(PutPlan plan, MessageGroup group) {
        try {
            map(plan);
            List<ParallelCopy.Range> ranges = new ArrayList<>(plan.copies().size());
            for (PlannedCopy planned : plan.copies()) {
                Target target = target(planned.file());
                CopyRange range = planned.range();
                if (range.encoding() == Encoding.COPY) {
                    group.read(
                            range.sourcePosition(),
                            range.bytes(),
                            (offset, bytes) ->
                                    ranges.add(
                                            new ParallelCopy.Range(
                                                    bytes,
                                                    target.region,
                                                    range.targetOffset() + offset,
                                                    target.warmBytes)));
                } else {
                    decode(range, group, target);
                }
            }
            copy.copy(ranges);
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /// Maps the planned files and gives pages to everything the plan's copies go to, for a caller
    /// that fills them itself.
    ///
    /// @return the mapped file that all copies go to
    MemorySegment prepare(PutPlan plan) {
        try {
            map(plan);
            MemorySegment segment = MemorySegment.NULL;
            for (PlannedCopy planned : plan.copies()) {
                Target target = target(planned.file());
                populate(target, planned.range().targetOffset(), planned.range().bytes());
                segment = target.region.segment();
            }
            return segment;
        } catch (IOException failure) {
            throw failed(failure);
        }
    }

    /// Unmaps and closes the files. Idempotent.
    @Override
    public void close() {
        targets.values().forEach(Target::close);
        targets.clear();
    }

    private Target target(int file) {
        Target target = targets.get(file);
        if (target == null) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "plan copies to a file that it does not name: file=" + file);
        }
        return target;
    }

    private void map(PutPlan plan) throws IOException {
        for (PlannedFile planned : plan.files()) {
            Target before = targets.remove(planned.number());
            targets.put(
                    planned.number(),
                    before == null ? mapFirst(planned) : mapAgain(planned, before));
        }
    }

    private static Target mapFirst(PlannedFile planned) throws IOException {
        FileHandle file = FileHandle.openReadWrite(planned.file());
        try {
            return new Target(
                    file, Region.mapWritable(file, planned.bytes()), planned.warmBytes(), 0);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
    }

    /// A file that grew once grows again: it gets addresses to grow into.
    private static Target mapAgain(PlannedFile planned, Target before) throws IOException {
        Region region = before.region;
        long reserved = before.reservedBytes;
        try {
            if (planned.bytes() > Math.max(reserved, region.byteSize())) {
                region.close();
                reserved = Math.multiplyExact(planned.bytes(), GROWTH_RESERVED);
                region = Region.reserveWritable(before.file, reserved);
            }
            if (planned.bytes() > region.byteSize()) {
                region.extend(planned.bytes());
            }
            return new Target(before.file, region, planned.warmBytes(), reserved);
        } catch (Throwable failure) {
            region.close();
            before.file.close();
            throw failure;
        }
    }

    private void decode(CopyRange range, MessageGroup group, Target target) throws IOException {
        List<MemorySegment> found = new ArrayList<>(1);
        group.read(range.sourcePosition(), range.bytes(), (_, bytes) -> found.add(bytes));
        MemorySegment source = found.getFirst();
        long decoded = BodyDecoder.decodedBytes(source);
        populate(target, range.targetOffset(), decoded);
        BodyDecoder.decode(
                range.encoding(),
                source,
                target.region.segment().asSlice(range.targetOffset(), decoded));
    }

    private static void populate(Target target, long offset, long bytes) throws IOException {
        long cold = Math.max(offset, target.warmBytes);
        if (cold < offset + bytes) {
            target.region.populate(cold, offset + bytes - cold);
        }
    }

    static ShelfException failed(IOException failure) {
        ErrorCode code =
                failure instanceof NoSpaceException ? ErrorCode.OUT_OF_MEMORY : ErrorCode.IO;
        return new ShelfException(
                code, "put failed while copying: cause=" + failure.getMessage(), failure);
    }
}
