package dev.arrowshelf.client.flight;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/// The answer to one DoGet, frame by frame; one frame more than is being read may be under way.
///
/// One reading thread. Closes the frames that were not taken.
final class FrameReceiver extends ClientCall.Listener<IncomingFrame> implements AutoCloseable {
    private static final int AHEAD = 2;

    private final FlightLink link;
    private final ClientCall<Flight.Ticket, IncomingFrame> call;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private boolean ended;

    /// What the server sent, or how the call ended.
    private sealed interface Event {
        record Received(IncomingFrame frame) implements Event {}

        record Ended(Status status, Metadata trailers) implements Event {}
    }

    FrameReceiver(FlightLink link, Flight.Ticket ticket, BufferAllocator allocator) {
        this.link = link;
        MethodDescriptor<Flight.Ticket, IncomingFrame> method =
                FlightServiceGrpc.getDoGetMethod().toBuilder(
                                FlightServiceGrpc.getDoGetMethod().getRequestMarshaller(),
                                IncomingFrame.reader(allocator))
                        .build();
        this.call = link.channel().newCall(method, CallOptions.DEFAULT);
        call.start(this, new Metadata());
        call.request(AHEAD);
        call.sendMessage(ticket);
        call.halfClose();
    }

    @Override
    public void onMessage(IncomingFrame frame) {
        events.add(new Event.Received(frame));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        events.add(new Event.Ended(status, trailers));
    }

    /// Waits for the next frame; null at the end. The caller closes it.
    @Nullable IncomingFrame next() throws InterruptedException {
        if (ended) {
            return null;
        }
        return switch (events.take()) {
            case Event.Received(IncomingFrame frame) -> {
                call.request(1);
                yield frame;
            }
            case Event.Ended(Status status, Metadata trailers) -> {
                ended = true;
                if (!status.isOk()) {
                    throw link.told(status, trailers);
                }
                yield null;
            }
        };
    }

    /// Tells the server to stop, and waits until nothing more can come.
    @Override
    public void close() {
        if (!ended) {
            call.cancel("reader is closed", null);
        }
        boolean interrupted = false;
        while (!ended) {
            try {
                switch (events.take()) {
                    case Event.Received(IncomingFrame frame) -> frame.close();
                    case Event.Ended _ -> ended = true;
                }
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
