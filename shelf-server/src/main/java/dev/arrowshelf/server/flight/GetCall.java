package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import dev.arrowshelf.server.flight.message.FlightMessage;
import dev.arrowshelf.server.flight.message.MessageSource;
import dev.arrowshelf.server.flight.search.FlightSearch;
import dev.arrowshelf.server.rpc.RpcCall;
import dev.arrowshelf.server.rpc.RpcHandler;
import dev.arrowshelf.server.rpc.RpcOptions;
import dev.arrowshelf.server.search.SearchCall;
import dev.arrowshelf.server.sql.SessionLimits;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One DoGet: reads the ticket, then sends the messages of what it names, as fast as the client
/// takes them.
final class GetCall implements RpcHandler {
    private static final int FIRST_BYTES = 64 << 10;
    private static final int MOST_AHEAD = 64;
    private static final long MOST_AHEAD_BYTES = 8L << 20;

    private final RpcCall call;
    private final FlightTables tables;
    private final SqlCommands sql;
    private final FlightSearch search;
    private final ArrayDeque<FlightMessage> ready = new ArrayDeque<>();
    private ByteBuf message = Unpooled.EMPTY_BUFFER;
    private volatile @Nullable MessageSource source;
    private boolean begun;
    private boolean exhausted;

    GetCall(RpcCall call, FlightTables tables, SqlCommands sql, FlightSearch search) {
        this.call = call;
        this.tables = tables;
        this.sql = sql;
        this.search = search;
    }

    @Override
    public void messageBegins(long bytes) {
        if (begun || bytes > RpcOptions.LONGEST_REQUEST) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "not one ticket: bytes=" + bytes + ", most=" + RpcOptions.LONGEST_REQUEST);
        }
        begun = true;
        message = Unpooled.buffer((int) Math.min(bytes, FIRST_BYTES)); // grows by what arrives
    }

    @Override
    public void messagePart(ByteBuf part) {
        message.writeBytes(part);
    }

    @Override
    public void messageEnds() {
        byte[] ticket = ByteBufUtil.getBytes(message);
        message = Unpooled.EMPTY_BUFFER;
        byte[] text = TableRequest.ticketOf(ticket);
        Optional<Any> command = SqlCommands.parse(text);
        if (command.isPresent()) {
            SessionLimits limits = SessionLimits.of(call::header);
            call.work(() -> {
                source = sql.source(command.get(), limits);
                return call.isOver() ? () -> {} : prepare();
            });
            return;
        }
        Optional<SearchCall> searched = SearchCall.parse(text);
        if (searched.isPresent()) {
            call.work(() -> {
                source = search.source(searched.get());
                return call.isOver() ? () -> {} : prepare();
            });
            return;
        }
        TableRequest request = TableRequest.ofTicket(text, tables.shelf());
        call.work(() -> {
            source = tables.source(request, call::background);
            return prepare();
        });
    }

    @Override
    public void halfClosed() {
        if (!begun) {
            throw new ShelfException(ErrorCode.INVALID_ARGUMENT, "call without a ticket");
        }
    }

    @Override
    public void writable() {
        if (source != null && !exhausted) {
            call.work(this::prepare);
        }
    }

    /// Makes the next messages.
    private Runnable prepare() throws IOException {
        MessageSource from = source;
        long bytes = 0;
        while (from != null && ready.size() < MOST_AHEAD && bytes < MOST_AHEAD_BYTES) {
            if (!from.next(ready::add)) {
                exhausted = true;
                break;
            }
            bytes += ready.getLast().body().readableBytes();
        }
        return this::sendReady;
    }

    private void sendReady() {
        for (FlightMessage next = ready.poll(); next != null; next = ready.poll()) {
            call.send(next.head(), next.body());
        }
        if (exhausted) {
            call.finish();
        } else if (call.isWritable()) {
            call.work(this::prepare);
        }
    }

    @Override
    public void abandoned() {
        MessageSource from = source;
        if (from != null) {
            from.stop();
        }
    }

    @Override
    public void ended() {
        ready.forEach(FlightMessage::release);
        ready.clear();
        MessageSource from = source;
        if (from != null) {
            source = null;
            call.background(() -> close(from));
        }
    }

    private static void close(MessageSource source) {
        try (source) {
            // only closed
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
