package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.flow.Window;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.progress.Progress;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Fetches values in order, some ahead, each into memory of the pool, and checks them. What is
/// asked for and what was not given back yet is bounded together.
///
/// Safe for use by several takers at once. Does not own link and pool; [#close] waits for what is
/// under way.
public final class ChunkFetcher implements AutoCloseable {
    private final RedisLink link;
    private final ScratchPool pool;
    private final List<ChunkRef> chunks;
    private final Progress progress;
    private final Window window;
    private final Deque<Coming> coming = new ArrayDeque<>();
    private int asked;

    /// Begins to ask for chunks when the first is taken.
    public ChunkFetcher(
            RedisLink link,
            ScratchPool pool,
            List<ChunkRef> chunks,
            ReadOptions.Limits limits,
            Progress progress) {
        this.link = link;
        this.pool = pool;
        this.chunks = chunks;
        this.progress = progress;
        this.window = new Window(limits.bytes(), limits.chunks());
    }

    /// A value that was fetched and checked.
    ///
    /// @param ref what was asked for
    /// @param index which of the chunks it is
    /// @param bytes the value; null where it is missing
    public record Fetched(
            ChunkRef ref, int index, @Nullable MemorySegment bytes, MemorySegment memory) {}

    private record Coming(
            ChunkRef ref,
            int index,
            MemorySegment memory,
            CompletableFuture<RedisLink.Arrived> value) {}

    /// Returns the next value, or null when all were taken. To be given back by [#giveBack].
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException CORRUPT with the key; a missing value is
    ///   the taker's to judge
    public @Nullable Fetched next() {
        Coming first;
        synchronized (this) {
            ask();
            first = coming.poll();
        }
        if (first == null) {
            return null;
        }
        try {
            RedisLink.Arrived value = Blocking.get(first.value());
            if (value.bytes() == RedisLink.MISSING) {
                return new Fetched(first.ref(), first.index(), null, first.memory());
            }
            first.ref().check(value);
            progress.done(value.bytes());
            MemorySegment bytes = first.memory().asSlice(0, value.bytes());
            return new Fetched(first.ref(), first.index(), bytes, first.memory());
        } catch (RuntimeException failure) {
            giveBack(first.ref(), first.memory());
            throw failure;
        }
    }

    /// Ends the use of a value and asks for more.
    public void giveBack(Fetched fetched) {
        giveBack(fetched.ref(), fetched.memory());
        synchronized (this) {
            ask();
        }
    }

    private void giveBack(ChunkRef ref, MemorySegment memory) {
        pool.giveBack(memory);
        window.leave(ref.bytes());
    }

    /// Takers wait for the first that is coming, so this never has to.
    private synchronized void ask() {
        while (asked < chunks.size()) {
            ChunkRef ref = chunks.get(asked);
            boolean room = coming.isEmpty() ? enter(ref) : window.tryEnter(ref.bytes());
            if (!room) {
                return;
            }
            MemorySegment memory = pool.take(ref.bytes());
            CompletableFuture<RedisLink.Arrived> value =
                    link.getSummed(ref.keyBytes(), memory.asSlice(0, ref.bytes()));
            coming.add(new Coming(ref, asked++, memory, value));
        }
    }

    /// Somebody who takes must get something, even while others hold all the room.
    private boolean enter(ChunkRef ref) {
        window.enterAnyway(ref.bytes());
        return true;
    }

    /// Waits for what is under way and gives its memory back.
    @Override
    public void close() {
        synchronized (this) {
            asked = chunks.size();
        }
        for (Coming each = poll(); each != null; each = poll()) {
            // Only that it has ended matters.
            each.value().handle((_, _) -> 0).join();
            giveBack(each.ref(), each.memory());
        }
    }

    private synchronized @Nullable Coming poll() {
        return coming.poll();
    }
}
