package dev.arrowshelf.redis.flow;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Bounds what is under way by bytes and by number, and keeps the first failure. Something larger
/// than the bound goes alone. Thread-safe.
public final class Window {
    private final long mostBytes;
    private final int most;
    private long bytes;
    private int count;
    private @Nullable Throwable failure;

    public Window(long mostBytes, int most) {
        this.mostBytes = mostBytes;
        this.most = most;
    }

    /// Waits until there is room, and takes it; false, and nothing taken, after a failure.
    public synchronized boolean enter(long size) {
        while (failure == null && count > 0 && (count >= most || bytes + size > mostBytes)) {
            await();
        }
        if (failure != null) {
            return false;
        }
        bytes += size;
        count++;
        return true;
    }

    /// Takes room if there is some now.
    public synchronized boolean tryEnter(long size) {
        if (count > 0 && (count >= most || bytes + size > mostBytes)) {
            return false;
        }
        bytes += size;
        count++;
        return true;
    }

    /// Takes room whether there is some or not.
    public synchronized void enterAnyway(long size) {
        bytes += size;
        count++;
    }

    /// Gives room back.
    public synchronized void leave(long size) {
        bytes -= size;
        count--;
        notifyAll();
    }

    /// Keeps a failure, unless there was one.
    public synchronized void fail(Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        notifyAll();
    }

    /// Returns whether something has failed.
    public synchronized boolean failed() {
        return failure != null;
    }

    /// Waits until nothing is under way, whatever happens.
    public synchronized void drain() {
        while (count > 0) {
            await();
        }
    }

    /// Throws the failure, if there was one.
    public synchronized void check() {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        switch (cause) {
            case null -> {}
            case ShelfException known -> throw known;
            case RuntimeException other -> throw other;
            default -> throw new ShelfException(ErrorCode.IO, "transfer failed: " + cause, cause);
        }
    }

    /// Waits for a change. An interrupt fails the transfer, but what is in flight is still waited
    /// for: it uses memory of ours.
    @SuppressWarnings("WaitNotInLoop") // The callers loop.
    private void await() {
        try {
            wait();
        } catch (InterruptedException _) {
            if (failure == null) {
                failure = new ShelfException(ErrorCode.UNAVAILABLE, "interrupted");
            }
        }
    }
}
