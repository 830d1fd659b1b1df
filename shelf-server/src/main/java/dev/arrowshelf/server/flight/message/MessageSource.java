package dev.arrowshelf.server.flight.message;

import java.io.IOException;
import java.util.function.Consumer;

/// The messages of one answer to DoGet. One thread at a time, except for [#stop()].
public interface MessageSource extends AutoCloseable {
    /// Gives the next messages; false when there are no more.
    boolean next(Consumer<FlightMessage> taker) throws IOException;

    /// Makes a [#next] that is under way end early, if it can; from any thread.
    default void stop() {}

    @Override
    void close() throws IOException;
}
