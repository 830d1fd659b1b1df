package dev.arrowshelf.client.flight;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.IOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/// One DoPut: sends frames as fast as the server takes them.
///
/// One sending thread. Closing before [#finish] makes the server forget what it got.
final class FrameSender extends ClientCall.Listener<Flight.PutResult> implements AutoCloseable {
    private static final int RESULTS = 8;

    private final FlightLink link;
    private final ClientCall<OutgoingFrame, Flight.PutResult> call;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Flight.@Nullable PutResult result;
    private @Nullable Status status;
    private @Nullable Metadata trailers;

    FrameSender(FlightLink link) {
        this.link = link;
        MethodDescriptor<OutgoingFrame, Flight.PutResult> method =
                FlightServiceGrpc.getDoPutMethod().toBuilder(
                                OutgoingFrame.WRITER,
                                FlightServiceGrpc.getDoPutMethod().getResponseMarshaller())
                        .build();
        this.call = link.channel().newCall(method, CallOptions.DEFAULT);
        call.start(this, new Metadata());
        call.request(RESULTS);
    }

    @Override
    public void onMessage(Flight.PutResult message) {
        signal(() -> result = message);
    }

    @Override
    public void onClose(Status ending, Metadata sent) {
        signal(() -> {
            status = ending;
            trailers = sent;
        });
    }

    @Override
    public void onReady() {
        signal(() -> {});
    }

    private void signal(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Waits until the server takes more, then sends a frame: its bytes are written when this
    /// returns.
    void send(OutgoingFrame frame) throws IOException {
        lock.lock();
        try {
            while (!call.isReady()) {
                throwIfEnded();
                changed.await();
            }
            throwIfEnded();
        } catch (InterruptedException interruption) {
            throw interrupted(interruption);
        } finally {
            lock.unlock();
        }
        call.sendMessage(frame);
    }

    /// Says that all was sent, and waits for the server's answer.
    Flight.@Nullable PutResult finish() throws IOException {
        call.halfClose();
        lock.lock();
        try {
            while (status == null) {
                changed.await();
            }
            throwIfEnded();
            return result;
        } catch (InterruptedException interruption) {
            throw interrupted(interruption);
        } finally {
            lock.unlock();
        }
    }

    private void throwIfEnded() {
        Status ending = status;
        if (ending != null && !ending.isOk()) {
            throw link.told(ending, trailers);
        }
    }

    private static IOException interrupted(InterruptedException interruption) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted while waiting for the server", interruption);
    }

    @Override
    public void close() {
        call.cancel("put is closed", null);
    }
}
