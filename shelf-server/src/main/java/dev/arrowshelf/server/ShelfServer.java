package dev.arrowshelf.server;

import dev.arrowshelf.server.control.ControlSocketServer;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// A daemon: serves the shelf of an owner in this process to local clients and to the network.
///
/// Thread rule: every method from any thread. Memory rule: owns its listeners; the owner of the shelf is the caller's, and is closed after the server.
public final class ShelfServer implements AutoCloseable {
    private final ShelfOwner owner;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final ControlSocketServer control;
    private final String address;

    private ShelfServer(ServerOptions options, ShelfOwner owner) {
        this.owner = owner;
        this.control = ControlSocketServer.start(owner, ended::countDown, options.connectionLimit());
        this.address = options.host() + ":" + options.port();
        owner.setAddress(address);
    }

    /// Begins to serve; the address stands in the control block when every listener is ready.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `IO` naming host and port when one is in use
    public static ShelfServer start(ServerOptions options, ShelfOwner owner) {
        return new ShelfServer(options, owner);
    }

    /// Returns `host:port` as clients name it.
    public String address() {
        return address;
    }

    /// Waits until a client asked the daemon to stop, or until it is closed.
    public void awaitTermination() throws InterruptedException {
        ended.await();
    }

    /// Stops listening; requests under way come to an end or are cut off after a deadline. Idempotent.
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            owner.setAddress("");
            control.close();
            ended.countDown();
        }
    }
}
