package dev.arrowshelf.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.testkit.Deadline;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What happens when a client goes while its query runs.
final class ClientWatchTest {
    @Test
    void tellsUntilThereWasSomethingToEnd() throws IOException {
        AtomicInteger told = new AtomicInteger();
        try (ClientWatch clients = new ClientWatch();
                ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel client = SocketChannel.open(listener.getLocalAddress());
            try (SocketChannel served = listener.accept();
                    ClientWatch.Watch _ =
                            clients.begin(served, () -> told.incrementAndGet() == 3)) {
                client.close();
                Deadline.ofSeconds(30).await("it is told three times", () -> told.get() == 3);
            }
        }
        assertThat(told).hasValue(3);
    }
}
