package dev.arrowshelf.redis.flow;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Waiting for the link's answers. They have time limits of their own.
public final class Blocking {
    private Blocking() {}

    /// Returns the answer, or throws its failure.
    public static <T> T get(CompletableFuture<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException failure) {
            Throwable cause = failure.getCause();
            if (cause instanceof ShelfException known) {
                throw known;
            }
            throw new ShelfException(ErrorCode.INTERNAL, "command failed: " + cause, failure);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new ShelfException(ErrorCode.UNAVAILABLE, "interrupted while waiting for Redis");
        }
    }
}
