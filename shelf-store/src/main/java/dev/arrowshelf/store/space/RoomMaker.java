package dev.arrowshelf.store.space;

import java.util.function.BooleanSupplier;

/// Makes room for a put that does not fit, while the put waits.
@FunctionalInterface
public interface RoomMaker {
    /// Nobody makes room: puts that do not fit fail at once.
    RoomMaker NONE = (_, _, _) -> false;

    /// Waits until an attempt succeeds, or there is no more point in waiting; returns whether one
    /// did.
    ///
    /// @param bytes what the put wants
    /// @param mostNanos how long at most
    /// @param attempt tries to charge them
    boolean awaitRoom(long bytes, long mostNanos, BooleanSupplier attempt);
}
