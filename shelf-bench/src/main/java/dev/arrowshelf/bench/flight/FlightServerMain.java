package dev.arrowshelf.bench.flight;

import dev.arrowshelf.server.ServerOptions;
import dev.arrowshelf.server.ShelfServer;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.nio.file.Path;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/// A server to be measured, in a process of its own: `ours DIRECTORY` or `plain BATCHES`. Prints
/// its port, and ends with its standard input.
public final class FlightServerMain {
    private FlightServerMain() {}

    /// Runs one.
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("ours")) {
            ours(Path.of(arguments[1]));
        } else {
            plain(Integer.parseInt(arguments[1]));
        }
    }

    private static void ours(Path directory) throws Exception {
        try (ShelfOwner owner = ShelfOwner.open(ShelfOptions.of(directory).withEphemeral(true));
                ShelfServer server = ShelfServer.start(ServerOptions.of("localhost", 0), owner)) {
            System.out.println(server.address().substring("localhost:".length()));
            awaitEnd();
        }
    }

    /// arrow-java's server as its documentation shows it: gives one batch again and again, reads
    /// and drops what is put.
    private static void plain(int batches) throws Exception {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = FlightSample.root(allocator)) {
            FlightServer server =
                    FlightServer.builder(
                                    allocator,
                                    Location.forGrpcInsecure("localhost", 0),
                                    new PlainProducer(root, batches))
                            .build()
                            .start();
            try {
                System.out.println(server.getPort());
                awaitEnd();
            } finally {
                server.close();
            }
        }
    }

    private static void awaitEnd() throws Exception {
        System.out.flush();
        while (System.in.read() >= 0) {
            // until the parent closes it
        }
    }

    private static final class PlainProducer extends NoOpFlightProducer {
        private final VectorSchemaRoot root;
        private final int batches;

        PlainProducer(VectorSchemaRoot root, int batches) {
            this.root = root;
            this.batches = batches;
        }

        @Override
        public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
            listener.start(root);
            for (int batch = 0; batch < batches; batch++) {
                listener.putNext();
            }
            listener.completed();
        }

        @Override
        public Runnable acceptPut(
                CallContext context,
                FlightStream stream,
                StreamListener<PutResult> acknowledgements) {
            return () -> {
                long rows = 0;
                while (stream.next()) {
                    rows += stream.getRoot().getRowCount();
                }
                if (rows % FlightSample.ROWS != 0) {
                    throw new IllegalStateException("rows were lost: rows=" + rows);
                }
                acknowledgements.onCompleted();
            };
        }
    }
}
