package dev.arrowshelf.redis;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// Runs something beside the test, each in a thread of its own: the common pool has one thread only
/// on two processors, so that what should happen at once might happen one after the other there.
public final class Aside {
    private Aside() {}

    /// Begins now; what is thrown is the future's failure.
    public static <T> CompletableFuture<T> call(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread _ =
                Thread.ofPlatform()
                        .daemon()
                        .name("aside")
                        .start(() -> {
                            try {
                                result.complete(work.call());
                            } catch (Throwable failure) {
                                result.completeExceptionally(failure);
                            }
                        });
        return result;
    }
}
