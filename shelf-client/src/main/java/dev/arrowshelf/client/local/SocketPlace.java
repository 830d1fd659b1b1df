package dev.arrowshelf.client.local;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.PutPort;
import java.nio.file.Path;
import java.util.List;

/// A segment that this process builds in place, in a file of the owner's.
///
/// Thread rule: one thread at a time. Memory rule: [#close()] aborts what is not committed.
final class SocketPlace implements PutPort.OpenPlace {
    private final PutExchange exchange;
    private final long id;
    private final Path file;
    private final long firstUsableOffset;
    private Extent extent;

    SocketPlace(PutExchange exchange, long id, Path file, Extent extent, long firstUsableOffset) {
        this.exchange = exchange;
        this.id = id;
        this.file = file;
        this.extent = extent;
        this.firstUsableOffset = firstUsableOffset;
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public long bytes() {
        return extent.bytes();
    }

    @Override
    public long warmBytes() {
        return extent.warmBytes();
    }

    @Override
    public long firstUsableOffset() {
        return firstUsableOffset;
    }

    @Override
    public void grow(long capacityBytes) {
        extent =
                exchange.next(
                        LocalVerb.PLACE_GROW,
                        request -> request.u64(id).u64(capacityBytes),
                        answer -> new Extent(answer.u64(), answer.u64()));
    }

    @Override
    public TableInfo commit(List<IpcMessage> messages, List<Placement> placements) {
        return exchange.next(
                LocalVerb.PLACE_COMMIT,
                request -> request.u64(id).messages(messages).placements(placements),
                exchange::committed);
    }

    @Override
    public void close() {
        exchange.abort(id);
    }

    /// The bytes of the file, and those of them that cost no page fault.
    record Extent(long bytes, long warmBytes) {}
}
