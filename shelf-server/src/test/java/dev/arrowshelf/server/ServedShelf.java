package dev.arrowshelf.server;

import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.TableSpace;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;

/// A daemon in this process, and what clients that are not ours need to reach it.
final class ServedShelf implements AutoCloseable {
    private final ShelfOwner owner;
    private final ShelfServer server;
    private final ManagedChannel channel;

    ServedShelf(ShelfOptions options) {
        this.owner = ShelfOwner.open(options);
        this.server = ShelfServer.start(ServerOptions.of("localhost", 0), owner);
        this.channel =
                Grpc.newChannelBuilder(server.address(), InsecureChannelCredentials.create())
                        .maxInboundMessageSize(Integer.MAX_VALUE)
                        .build();
    }

    ShelfOwner owner() {
        return owner;
    }

    int port() {
        String address = server.address();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }

    ManagedChannel channel() {
        return channel;
    }

    /// Opens arrow-java's own client.
    FlightClient client(BufferAllocator allocator) {
        return FlightClient.builder(allocator, Location.forGrpcInsecure("localhost", port()))
                .build();
    }

    /// Opens the tables as a process on this host sees them.
    TableSpace tables() {
        return TableSpace.open(owner.directory());
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.close();
        owner.close();
    }
}
