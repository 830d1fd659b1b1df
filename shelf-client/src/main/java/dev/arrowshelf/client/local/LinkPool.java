package dev.arrowshelf.client.local;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Consumer;
import java.util.function.Function;

/// Connections to one daemon that are idle, handed to one caller at a time.
///
/// Thread rule: safe for several threads. Memory rule: owns the idle connections; a borrower gives
/// back or closes its own.
final class LinkPool implements AutoCloseable {
    private static final int IDLE_LIMIT = 8;

    private final Path directory;
    private final ConcurrentLinkedDeque<ControlLink> idle = new ConcurrentLinkedDeque<>();
    private volatile boolean closed;

    LinkPool(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /// Does one request on a connection of its own turn. A daemon that was restarted meanwhile is
    /// connected anew, once, where the request can be repeated or was not sent.
    <T> T request(LocalVerb verb, Consumer<Frame> parts, Function<Frame.Answer, T> reader) {
        ControlLink link = take();
        try {
            return link.request(verb, parts, reader);
        } catch (ShelfException failure) {
            if (failure.code() != ErrorCode.UNAVAILABLE
                    || !link.isBroken()
                    || (link.wasSent() && !verb.isRepeatable())) {
                throw failure;
            }
        } finally {
            giveBack(link);
        }
        ControlLink fresh = connectFresh();
        try {
            return fresh.request(verb, parts, reader);
        } finally {
            giveBack(fresh);
        }
    }

    ControlLink take() {
        if (closed) {
            throw new ShelfException(ErrorCode.CLOSED, "shelf is closed: directory=" + directory);
        }
        ControlLink link = idle.pollFirst();
        return link != null ? link : ControlLink.connect(directory);
    }

    /// Forgets the idle connections, which a restarted daemon does not know, and makes a new one.
    ControlLink connectFresh() {
        drain();
        return ControlLink.connect(directory);
    }

    void giveBack(ControlLink link) {
        if (link.isBroken() || closed || idle.size() >= IDLE_LIMIT) {
            link.close();
            return;
        }
        idle.addFirst(link);
    }

    private void drain() {
        for (ControlLink link = idle.pollFirst(); link != null; link = idle.pollFirst()) {
            link.close();
        }
    }

    @Override
    public void close() {
        closed = true;
        drain();
    }
}
