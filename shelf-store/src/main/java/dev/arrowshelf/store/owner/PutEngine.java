package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.ipc.IpcSchema;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.publish.Publisher;
import dev.arrowshelf.store.space.DraftFile;
import dev.arrowshelf.store.space.Space;
import dev.arrowshelf.store.spill.Lanes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

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

    /// Seals every partition, many of them on a few threads, and shows the table. The drafts' files
    /// belong to the shelf afterwards, whatever happens.
    TableInfo commit(
            TableKey key, PutOptions options, IpcSchema schema, List<PartitionDraft> drafts)
            throws IOException {
        Publisher.@Nullable Sealed[] sealed = new Publisher.@Nullable Sealed[drafts.size()];
        try {
            Lanes.run(
                    sealed.length,
                    next -> {
                        for (int i = next.get(); i < sealed.length; i = next.get()) {
                            sealed[i] = seal(drafts.get(i), options);
                        }
                    });
        } catch (IOException | RuntimeException failure) {
            present(sealed).forEach(partition -> space.giveBack(partition.file()));
            drafts.forEach(draft -> draft.giveBack(space));
            throw failure;
        }
        return publisher.publish(key, options, schema, present(sealed));
    }

    private Publisher.Sealed seal(PartitionDraft draft, PutOptions options) throws IOException {
        DraftFile file = sealer.seal(draft.takeFile(), draft.composer(), options.validateUtf8());
        return new Publisher.Sealed(file, draft.composer().rows(), draft.composer().batches());
    }

    private static List<Publisher.Sealed> present(Publisher.@Nullable Sealed[] sealed) {
        List<Publisher.Sealed> all = new ArrayList<>(sealed.length);
        for (Publisher.@Nullable Sealed partition : sealed) {
            if (partition != null) {
                all.add(partition);
            }
        }
        return all;
    }

    /// How long the first segment of a table is that a put replaces; 0 when there is none.
    long replacedBytes(TableKey key) {
        return publisher.firstSegmentBytes(key);
    }

    void requireReplaceable(TableKey key, boolean replace) {
        publisher.requireReplaceable(key, replace);
    }
}
