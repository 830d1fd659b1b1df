package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.ipc.BodyDecoder;
import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.space.Failures;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Puts a whole IPC stream that lies in memory into segments: the owner carries out the plan
/// itself. Stateless.
final class StreamPut {
    private StreamPut() {}

    static TableInfo put(PutEngine engine, TableKey key, PutOptions options, MemorySegment stream) {
        List<IpcMessage> messages = new ArrayList<>();
        List<MemorySegment> bodies = new ArrayList<>();
        for (LocatedMessage located : IpcScanner.scan(stream)) {
            messages.add(located.message());
            bodies.add(stream.asSlice(located.bodyOffset(), located.message().bodyBytes()));
        }
        int schema = Math.min(1, messages.size());
        try (PutTransaction put =
                PutTransaction.begin(
                        engine,
                        key,
                        options,
                        ColdPages.OWNER_ALLOCATES,
                        messages.subList(0, schema))) {
            if (messages.size() > schema) {
                bodies = bodies.subList(schema, bodies.size());
                carryOut(put.append(messages.subList(schema, messages.size()), bodies), bodies);
            }
            return put.commit();
        } catch (IOException failure) {
            throw Failures.of(failure);
        }
    }

    private static void carryOut(PutPlan plan, List<MemorySegment> bodies) throws IOException {
        Map<Integer, Region> targets = new HashMap<>();
        try {
            for (PlannedFile file : plan.files()) {
                try (FileHandle handle = FileHandle.openReadWrite(file.file())) {
                    targets.put(file.number(), Region.mapWritable(handle, file.bytes()));
                }
            }
            copy(plan, bodies, targets);
        } finally {
            targets.values().forEach(Region::close);
        }
    }

    private static void copy(
            PutPlan plan, List<MemorySegment> bodies, Map<Integer, Region> targets) {
        int body = 0;
        long begin = 0;
        for (PlannedCopy copy : plan.copies()) {
            CopyRange range = copy.range();
            while (range.sourcePosition() >= begin + bodies.get(body).byteSize()) {
                begin += bodies.get(body).byteSize();
                body++;
            }
            MemorySegment source =
                    bodies.get(body).asSlice(range.sourcePosition() - begin, range.bytes());
            Region target =
                    Objects.requireNonNull(targets.get(copy.file()), "a plan names its files");
            MemorySegment file = target.segment();
            if (range.encoding() == Encoding.COPY) {
                MemorySegment.copy(source, 0, file, range.targetOffset(), range.bytes());
            } else {
                long decoded = BodyDecoder.decodedBytes(source);
                BodyDecoder.decode(
                        range.encoding(), source, file.asSlice(range.targetOffset(), decoded));
            }
        }
    }
}
