package dev.arrowshelf.client;

import dev.arrowshelf.server.ServerOptions;
import dev.arrowshelf.server.ShelfServer;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.nio.file.Path;

/// A daemon in a process of its own: directory and port; says `ready` and its address.
final class DaemonMain {
    private DaemonMain() {}

    public static void main(String[] arguments) throws InterruptedException {
        try (ShelfOwner owner = ShelfOwner.open(ShelfOptions.of(Path.of(arguments[0])));
                ShelfServer server =
                        ShelfServer.start(
                                ServerOptions.of("localhost", Integer.parseInt(arguments[1])),
                                owner)) {
            System.out.println("ready " + server.address());
            server.awaitTermination();
        }
    }
}
