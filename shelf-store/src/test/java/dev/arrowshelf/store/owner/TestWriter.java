package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.LocatedMessage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Carries out plans as a client does: maps the files, populates cold pages, copies the ranges.
final class TestWriter implements AutoCloseable {
    private final MemorySegment stream;
    private final Map<Integer, Region> files = new HashMap<>();

    TestWriter(MemorySegment stream) {
        this.stream = stream;
    }

    void carryOut(PutPlan plan, List<LocatedMessage> request) throws IOException {
        for (PlannedFile file : plan.files()) {
            Region old = files.remove(file.number());
            if (old != null) {
                old.close();
            }
            try (FileHandle handle = FileHandle.openReadWrite(file.file())) {
                Region region = Region.mapWritable(handle, file.bytes());
                files.put(file.number(), region);
                if (file.warmBytes() < file.bytes()) {
                    region.populate(file.warmBytes(), file.bytes() - file.warmBytes());
                }
            }
        }
        for (PlannedCopy copy : plan.copies()) {
            CopyRange range = copy.range();
            MemorySegment target = file(copy.file()).segment();
            MemorySegment.copy(
                    stream,
                    sourceOffset(range, request),
                    target,
                    range.targetOffset(),
                    range.bytes());
        }
    }

    private static long sourceOffset(CopyRange range, List<LocatedMessage> request) {
        long begin = 0;
        for (LocatedMessage located : request) {
            long end = begin + located.message().bodyBytes();
            if (range.sourcePosition() < end) {
                return located.bodyOffset() + range.sourcePosition() - begin;
            }
            begin = end;
        }
        throw new AssertionError("range lies in no body: " + range);
    }

    Region file(int number) {
        return Objects.requireNonNull(files.get(number));
    }

    @Override
    public void close() {
        letGo();
    }

    void letGo() {
        files.values().forEach(Region::close);
        files.clear();
    }
}
