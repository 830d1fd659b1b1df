package dev.arrowshelf.client;

import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.flight.FlightSearch;
import dev.arrowshelf.client.flight.ShelfSite;
import dev.arrowshelf.client.flight.StreamedShelf;
import dev.arrowshelf.client.local.Discovery;
import dev.arrowshelf.client.local.SocketSearch;
import dev.arrowshelf.client.search.SearchPort;
import dev.arrowshelf.store.Shelf;
import java.nio.file.Path;
import java.util.Optional;

/// Connects to a shelf that a daemon owns. What comes back is the same [Shelf] as an embedded one:
/// on the daemon's own host tables are mapped where they lie, from elsewhere they are streamed.
///
/// Errors: `UNAVAILABLE` names the address or directory and says how to start a daemon.
public final class ShelfClient {
    private ShelfClient() {}

    /// Connects to `host:port`.
    public static Shelf connect(String address) {
        return connect(Address.parse(address));
    }

    /// Connects to the daemon at an address.
    public static Shelf connect(Address address) {
        return connect(ClientOptions.of(address));
    }

    /// Connects to the daemon that serves a directory of this host.
    public static Shelf connect(Path directory) {
        return LocalShelf.connect(directory.toAbsolutePath().normalize());
    }

    /// Connects as the options say. Without a directory among them, the daemon is looked for among
    /// this user's shelves; where it serves another directory it is asked.
    public static Shelf connect(ClientOptions options) {
        if (options.forceStreaming()) {
            return StreamedShelf.connect(options.address());
        }
        Optional<Path> directory =
                options.directory().or(() -> Discovery.directoryOf(options.address()));
        return directory.isPresent() ? LocalShelf.connect(directory.get()) : ask(options.address());
    }

    /// Connects to the owner's vector search as the options say: over its socket on its own host,
    /// over Flight from elsewhere. Tables of this host can be searched in place instead.
    public static SearchPort connectSearch(ClientOptions options) {
        if (options.forceStreaming()) {
            return FlightSearch.connect(options.address());
        }
        Optional<Path> directory =
                options.directory().or(() -> Discovery.directoryOf(options.address()));
        return directory.isPresent()
                ? SocketSearch.connect(directory.get())
                : FlightSearch.connect(options.address());
    }

    /// Asks the daemon where its shelf is: on this host it is mapped, on another one streamed.
    private static Shelf ask(Address address) {
        StreamedShelf streamed = StreamedShelf.connect(address);
        try {
            ShelfSite site = streamed.describe();
            if (!site.isHere()) {
                return streamed;
            }
            Shelf local = LocalShelf.connect(site.directory());
            streamed.close();
            return local;
        } catch (RuntimeException failure) {
            streamed.close();
            throw failure;
        }
    }
}
