package dev.arrowshelf.server.flight;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.arrowshelf.server.flight.message.BodyBuffer;
import dev.arrowshelf.server.flight.message.FlightDataReader;
import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.server.rpc.RpcCall;
import dev.arrowshelf.server.rpc.RpcHandler;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.put.BodyPlace;
import dev.arrowshelf.store.table.put.TablePutter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// One DoPut: the bodies of the client's messages go from the socket's buffers straight to their
/// places in the segment. The table is published when the client has sent everything.
final class PutCall implements RpcHandler {
    private static final MemorySegment NO_BODY = MemorySegment.ofArray(new byte[0]);

    private final RpcCall call;
    private final FlightTables tables;
    private final TablePutter putter;
    private final SqlPuts sql;
    private final FlightDataReader reader = new FlightDataReader();
    private @Nullable PutTarget target;
    private @Nullable IpcMessage message;
    private @Nullable BodyPlace place;
    private @Nullable BodyBuffer buffer;
    private long bodyBytes;
    private long bodyPosition;
    private boolean inBody;

    PutCall(RpcCall call, FlightTables tables, TablePutter putter) {
        this.call = call;
        this.tables = tables;
        this.putter = putter;
        this.sql = new SqlPuts(tables, putter);
    }

    @Override
    public void messageBegins(long bytes) {
        reader.begin(bytes);
        message = null;
        place = null;
        inBody = false;
    }

    @Override
    public void messagePart(ByteBuf part) {
        while (!inBody && part.isReadable()) {
            long body = reader.read(part);
            if (body > 0) {
                inBody = true;
                bodyBytes = body;
                bodyPosition = 0;
                bodyBegins();
            }
        }
        if (inBody && !isWaiting()) {
            take(part);
        }
    }

    /// Asks the shelf where the body goes, which may take its time; meanwhile no bytes come.
    private void bodyBegins() {
        PutTarget open = target;
        byte[] header = reader.header();
        if (open == null || header == null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    open == null
                            ? "put does not begin with a schema"
                            : "body comes before its header");
        }
        IpcMessage next = new IpcMessage(MemorySegment.ofArray(header), bodyBytes);
        message = next;
        call.work(() -> {
            BodyPlace found = open.begin(next);
            return () -> {
                place = found;
                buffer = found == null ? BodyBuffer.of(bodyBytes) : null;
            };
        });
    }

    private boolean isWaiting() {
        return place == null && buffer == null;
    }

    private void take(ByteBuf part) {
        int bytes = (int) Math.min(bodyBytes - bodyPosition, part.readableBytes());
        if (bytes > 0) {
            MemorySegment piece = MemorySegment.ofBuffer(part.nioBuffer(part.readerIndex(), bytes));
            if (place != null) {
                place.write(bodyPosition, piece);
            } else if (buffer != null) {
                buffer.write(bodyPosition, piece);
            }
            part.skipBytes(bytes);
            bodyPosition += bytes;
        }
        if (bodyPosition == bodyBytes && part.isReadable()) {
            reader.read(part); // throws for anything but fields to be skipped
        }
    }

    @Override
    public void messageEnds() {
        reader.end();
        byte[] header = reader.header();
        PutTarget open = target;
        if (open == null) {
            begin(header, reader.descriptor());
        } else if (inBody) {
            bodyEnds(open);
        } else if (header != null) {
            IpcMessage bare = new IpcMessage(MemorySegment.ofArray(header), 0);
            call.work(() -> {
                open.add(bare, NO_BODY);
                return () -> {};
            });
        }
    }

    private void begin(byte @Nullable [] header, byte @Nullable [] descriptor) {
        Optional<Any> command =
                descriptor == null
                        ? Optional.empty()
                        : SqlCommands.parse(PutRequest.commandOf(descriptor));
        if (header == null && command.isPresent()) {
            sql.target(command.get()).close(); // an update: refused
        }
        if (header == null || descriptor == null) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "put does not begin with a descriptor and a schema: descriptor=%b, schema=%b"
                            .formatted(descriptor != null, header != null));
        }
        IpcMessage schema = new IpcMessage(MemorySegment.ofArray(header), 0);
        call.work(() -> {
            PutTarget opened = command.isPresent() ? sql.target(command.get()) : table(descriptor);
            target = opened;
            opened.add(schema, NO_BODY);
            return call::sendHeaders;
        });
    }

    private PutTarget table(byte[] descriptor) {
        return new TableTarget(
                tables,
                putter,
                PutRequest.parse(descriptor),
                put -> ShelfJson.of(put).getBytes(StandardCharsets.UTF_8));
    }

    private void bodyEnds(PutTarget open) {
        BodyBuffer collected = buffer;
        IpcMessage complete = message;
        inBody = false;
        if (collected == null || complete == null) {
            return;
        }
        call.work(() -> {
            open.add(complete, collected.bytes());
            return this::dropBuffer;
        });
    }

    private void dropBuffer() {
        BodyBuffer dropped = buffer;
        if (dropped != null) {
            buffer = null;
            dropped.close();
        }
    }

    @Override
    public void halfClosed() {
        PutTarget open = target;
        if (open == null) {
            throw new ShelfException(ErrorCode.INVALID_ARGUMENT, "put without a schema");
        }
        call.work(() -> {
            byte[] told = open.finish();
            return () -> answer(told);
        });
    }

    private void answer(byte[] told) {
        Flight.PutResult result =
                Flight.PutResult.newBuilder().setAppMetadata(ByteString.copyFrom(told)).build();
        call.send(Unpooled.wrappedBuffer(result.toByteArray()), Unpooled.EMPTY_BUFFER);
        call.finish();
    }

    @Override
    public void ended() {
        dropBuffer();
        PutTarget open = target;
        if (open != null) {
            target = null;
            call.background(open::close);
        }
    }
}
