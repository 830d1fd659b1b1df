package dev.arrowshelf.store.table.put;

import dev.arrowshelf.memory.ParallelCopy;
import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.PlannedCopy;
import dev.arrowshelf.store.owner.PutPlan;
import dev.arrowshelf.store.table.PutPort;
import dev.arrowshelf.store.table.PutPort.OpenPut;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One table on its way to the owner: small ones are collected and sent whole, others are begun as
/// soon as they prove larger, and grow group by group.
///
/// One thread. Until [#finish()] nobody sees the table; closing before leaves nothing behind.
final class PutRun implements AutoCloseable {
    private static final int STREAM_OVERHEAD_BYTES = 4096;

    private final PutPort port;
    private final byte[] key;
    private final PutOptions options;
    private final PlanCopier copier;
    private @Nullable SmallStream small;
    private @Nullable OpenPut put;

    PutRun(PutPort port, ParallelCopy copy, byte[] key, PutOptions options) {
        this.port = port;
        this.key = key;
        this.options = options;
        this.copier = new PlanCopier(copy);
        boolean limited = PieceLimits.any(options);
        int limit = port.smallTableLimit();
        this.small = limit == 0 || limited ? null : new SmallStream(limit + STREAM_OVERHEAD_BYTES);
    }

    /// Where a body goes.
    ///
    /// @param ranges which of its bytes go to which offset
    /// @param file the mapped file, its pages made
    record Destination(List<CopyRange> ranges, MemorySegment file) {}

    /// Adds messages; the first one of the first group is the schema. Their bodies are not needed
    /// any more when this returns.
    void add(MessageGroup group) {
        SmallStream collecting = small;
        if (collecting == null) {
            send(group);
        } else if (!collecting.add(group)) {
            MessageGroup all = new MessageGroup();
            all.addAll(collecting.messages());
            all.addAll(group);
            send(all);
            small = null;
        }
    }

    /// Adds one message and returns where in the shelf its body has to be written; the caller
    /// writes it before it goes on.
    ///
    /// @return null when the body must be given by [#add(MessageGroup)] instead: nothing is begun,
    ///   and it may stay small
    @Nullable Destination destination(IpcMessage message) {
        SmallStream collecting = small;
        if (collecting != null
                && !collecting.messages().isEmpty()
                && !collecting.hasRoomFor(message)) {
            send(collecting.messages());
            small = null;
        }
        OpenPut begun = put;
        if (begun == null) {
            return null;
        }
        PutPlan plan = begun.append(List.of(message), List.of());
        List<CopyRange> ranges = plan.copies().stream().map(PlannedCopy::range).toList();
        return new Destination(ranges, copier.prepare(plan));
    }

    /// Publishes the table.
    TableInfo finish() {
        SmallStream collected = small;
        if (collected != null) {
            return port.putSmall(key, collected.stream(), options);
        }
        OpenPut begun = put;
        if (begun == null) {
            throw new IllegalStateException("nothing was put: not even a schema");
        }
        copier.close();
        return begun.commit();
    }

    @Override
    public void close() {
        copier.close();
        if (put != null) {
            put.close();
        }
    }

    private void send(MessageGroup group) {
        OpenPut begun = put;
        if (begun != null) {
            List<MemorySegment> bodies = group.isCompressed() ? group.bodies() : List.of();
            copier.carryOut(begun.append(group.messages(), bodies), group);
        } else if (group.isCompressed()) {
            int messages = group.messages().size();
            begun = port.beginPut(key, options, group.messages().subList(0, 1));
            put = begun;
            copier.carryOut(
                    begun.append(
                            group.messages().subList(1, messages),
                            group.bodies().subList(1, messages)),
                    group);
        } else {
            begun = port.beginPut(key, options, group.messages());
            put = begun;
            copier.carryOut(begun.plan(), group);
        }
    }
}
