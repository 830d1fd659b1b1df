package dev.arrowshelf.client;

import dev.arrowshelf.client.config.Address;
import java.nio.file.Path;
import java.util.Optional;

/// How a client finds and reads a shelf.
///
/// @param address the daemon
/// @param directory its directory on this host, when it is known already
/// @param forceStreaming whether tables are streamed over the network although they could be mapped
public record ClientOptions(Address address, Optional<Path> directory, boolean forceStreaming) {
    /// Maps tables where the daemon is on this host, streams them from elsewhere.
    public static ClientOptions of(Address address) {
        return new ClientOptions(address, Optional.empty(), false);
    }

    /// Returns a copy that streams tables always, or only where it has to.
    public ClientOptions withForcedStreaming(boolean forced) {
        return new ClientOptions(address, directory, forced);
    }
}
