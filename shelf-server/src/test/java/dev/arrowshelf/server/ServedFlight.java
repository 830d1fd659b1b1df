package dev.arrowshelf.server;

import dev.arrowshelf.testkit.Deadline;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A served shelf for each test, and arrow-java's own client of it, which knows nothing of ours.
/// Afterwards queries hold nothing, and nothing is left of the client's memory.
final class ServedFlight implements BeforeEachCallback, AfterEachCallback {
    private static final String IDLE =
            "\"running\":0,\"waiting\":0,\"held_tables\":0,\"held_blocks\":0,\"held_objects\":0";

    private final TemporaryShelf temporary = new TemporaryShelf();
    private @Nullable BufferAllocator allocator;
    private @Nullable ServedShelf served;
    private @Nullable FlightClient client;

    TemporaryShelf temporary() {
        return temporary;
    }

    BufferAllocator allocator() {
        return Objects.requireNonNull(allocator);
    }

    ServedShelf served() {
        return Objects.requireNonNull(served);
    }

    FlightClient client() {
        return Objects.requireNonNull(client);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        temporary.beforeEach(context);
        allocator = new RootAllocator();
        served = new ServedShelf(temporary.options());
        client = served.client(allocator());
    }

    private String status() {
        var answers = client().doAction(new Action("shelf.status"));
        return new String(answers.next().getBody(), StandardCharsets.UTF_8);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException, InterruptedException {
        Deadline.ofSeconds(20).await("queries hold nothing", () -> status().contains(IDLE));
        client().close();
        served().close();
        allocator().close();
        temporary.afterEach(context);
    }
}
