package dev.arrowshelf.client;

import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.server.ServerOptions;
import dev.arrowshelf.server.ShelfServer;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.util.Optional;

/// A daemon in this process, with an address of its own.
final class ServedShelf implements AutoCloseable {
    private final ShelfOwner owner;
    private final ShelfServer server;

    ServedShelf(ShelfOptions options) {
        this.owner = ShelfOwner.open(options);
        this.server = ShelfServer.start(ServerOptions.of("localhost", 0), owner);
    }

    Address address() {
        return Address.parse(server.address());
    }

    /// Connects as the way says.
    Shelf connect(Way way) {
        return ShelfClient.connect(
                ClientOptions.of(address()).withForcedStreaming(way == Way.STREAMED));
    }

    /// Connects to its vector search as the way says.
    SearchPort search(Way way) {
        return ShelfClient.connectSearch(
                new ClientOptions(address(), Optional.of(owner.directory()), way == Way.STREAMED));
    }

    @Override
    public void close() {
        server.close();
        owner.close();
    }

    /// How a client reads and puts.
    enum Way {
        MAPPED,
        STREAMED
    }
}
