package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.ipc.IpcSchema;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Space;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// What puts under way share: space, sealing, publication, and the list of themselves. Thread-safe.
final class PutEngine {
    private final Gate gate;
    private final Space space;
    private final Sealer sealer;
    private final Publisher publisher;
    private final AtomicLong ids = new AtomicLong();
    private final Set<AutoCloseable> open = ConcurrentHashMap.newKeySet();

    PutEngine(Gate gate, Space space, Sealer sealer, Publisher publisher) {
        this.gate = gate;
        this.space = space;
        this.sealer = sealer;
        this.publisher = publisher;
    }

    Gate.Passage enter() {
        return gate.enter();
    }

    Space space() {
        return space;
    }

    long begin(AutoCloseable put) {
        open.add(put);
        return ids.incrementAndGet();
    }

    void end(AutoCloseable put) {
        open.remove(put);
    }

    /// The puts under way now.
    List<AutoCloseable> underWay() {
        return List.copyOf(open);
    }

    /// Seals every partition and shows the table. The drafts' files belong to the shelf afterwards,
    /// whatever happens.
    TableInfo commit(
            TableKey key, PutOptions options, IpcSchema schema, List<PartitionDraft> drafts)
            throws IOException {
        List<Publisher.Sealed> sealed = new ArrayList<>(drafts.size());
        try {
            for (PartitionDraft draft : drafts) {
                DraftFile file =
                        sealer.seal(draft.takeFile(), draft.composer(), options.validateUtf8());
                sealed.add(
                        new Publisher.Sealed(
                                file, draft.composer().rows(), draft.composer().batches()));
            }
        } catch (IOException | RuntimeException failure) {
            sealed.forEach(partition -> space.giveBack(partition.file()));
            drafts.forEach(draft -> draft.giveBack(space));
            throw failure;
        }
        return publisher.publish(key, options, schema, sealed);
    }

    /// How long the first segment of a table is that a put replaces; 0 when there is none.
    long replacedBytes(TableKey key) {
        return publisher.firstSegmentBytes(key);
    }

    void requireReplaceable(TableKey key, boolean replace) {
        publisher.requireReplaceable(key, replace);
    }
}
