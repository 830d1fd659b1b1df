package dev.arrowshelf.server.flight;

import dev.arrowshelf.store.table.ShelfTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/// An open table whose bytes are on their way to a client: given back when the last buffer made of
/// it is released.
///
/// Thread-safe. Whoever made it holds the first count.
final class SharedTable {
    private final ShelfTable table;
    private final Executor closer;
    private final AtomicInteger users = new AtomicInteger(1);

    /// @param closer closes the table: unmapping takes its time
    SharedTable(ShelfTable table, Executor closer) {
        this.table = table;
        this.closer = closer;
    }

    ShelfTable table() {
        return table;
    }

    /// Returns a buffer over bytes of the table, which are copied by nobody but the kernel, into
    /// the socket: bytes in flight are not the segment's own pages.
    ByteBuf lend(MemorySegment bytes) {
        users.incrementAndGet();
        return new Lent(this, Unpooled.wrappedBuffer(bytes.asByteBuffer()));
    }

    /// Gives a count back.
    void release() {
        if (users.decrementAndGet() == 0) {
            closer.execute(table::close);
        }
    }

    private static final class Lent extends CompositeByteBuf {
        private final SharedTable owner;

        Lent(SharedTable owner, ByteBuf bytes) {
            super(UnpooledByteBufAllocator.DEFAULT, true, Integer.MAX_VALUE);
            this.owner = owner;
            addComponent(true, bytes);
        }

        @Override
        protected void deallocate() {
            super.deallocate();
            owner.release();
        }
    }
}
