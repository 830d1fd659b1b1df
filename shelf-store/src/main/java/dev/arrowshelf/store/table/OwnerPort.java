package dev.arrowshelf.store.table;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.InPlacePut;
import dev.arrowshelf.store.owner.PutPlan;
import dev.arrowshelf.store.owner.PutTransaction;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// Puts straight to the owner in this process, which it does not close.
///
/// @param owner where the tables go
public record OwnerPort(ShelfOwner owner) implements PutPort {
    @Override
    public TableInfo putSmall(byte[] key, MemorySegment stream, PutOptions options) {
        return owner.putSmall(key, stream, options);
    }

    @Override
    public OpenPut beginPut(byte[] key, PutOptions options, List<IpcMessage> messages) {
        return new OwnedPut(owner.beginPut(key, options, messages));
    }

    @Override
    public OpenPlace beginPlace(byte[] key, long capacityBytes, PutOptions options) {
        return new OwnedPlace(owner.beginInPlace(key, capacityBytes, options));
    }

    @Override
    public int smallTableLimit() {
        return owner.smallTableLimit();
    }

    private record OwnedPut(PutTransaction put) implements OpenPut {
        @Override
        public PutPlan plan() {
            return put.plan();
        }

        @Override
        public PutPlan append(List<IpcMessage> messages, List<MemorySegment> bodies) {
            return put.append(messages, bodies);
        }

        @Override
        public TableInfo commit() {
            return put.commit();
        }

        @Override
        public void close() {
            put.close();
        }
    }

    private record OwnedPlace(InPlacePut place) implements OpenPlace {
        @Override
        public Path file() {
            return place.file();
        }

        @Override
        public long bytes() {
            return place.bytes();
        }

        @Override
        public long warmBytes() {
            return place.warmBytes();
        }

        @Override
        public long firstUsableOffset() {
            return place.firstUsableOffset();
        }

        @Override
        public void grow(long capacityBytes) {
            place.grow(capacityBytes);
        }

        @Override
        public TableInfo commit(List<IpcMessage> messages, List<Placement> placements) {
            return place.commit(messages, placements);
        }

        @Override
        public void close() {
            place.close();
        }
    }
}
