package dev.arrowshelf.client.flight;

import com.google.protobuf.ByteString;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.local.OwnerDetails;
import dev.arrowshelf.client.local.OwnerStatus;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.batch.MessageSchema;
import dev.arrowshelf.store.table.put.CopyingBuilder;
import dev.arrowshelf.store.table.put.SourceMessages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A shelf that is reached over the network only.
///
/// Thread-safe. Owns its connection and the memory of tables read without an allocator, until
/// [#close()].
public final class StreamedShelf implements Shelf {
    private static final long MOST_BODY_BYTES = 64L << 20;
    private static final int PREFIX_BYTES = 8;

    private final FlightLink link;
    private final BufferAllocator allocator = new RootAllocator();

    private StreamedShelf(FlightLink link) {
        this.link = link;
    }

    /// Connects to the daemon at an address, which must answer.
    public static StreamedShelf connect(Address address) {
        StreamedShelf shelf = new StreamedShelf(new FlightLink(address));
        try {
            shelf.describe();
            return shelf;
        } catch (RuntimeException failure) {
            shelf.close();
            throw failure;
        }
    }

    /// Returns the connection, which stays the shelf's.
    FlightLink link() {
        return link;
    }

    /// Returns where the daemon keeps the shelf on its host.
    public ShelfSite describe() {
        Map<String, String> fields = FlightJson.read(link.action("shelf.describe", new byte[0]));
        return ShelfSite.of(fields);
    }

    @Override
    public TableInfo put(String name, VectorSource source, PutOptions options) {
        TableName.toKey(name);
        Flight.FlightDescriptor descriptor =
                Flight.FlightDescriptor.newBuilder()
                        .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                        .setCmd(ByteString.copyFromUtf8(FlightJson.putCommand(name, options)))
                        .build();
        long most =
                options.partitionBytes() > 0
                        ? Math.min(options.partitionBytes(), MOST_BODY_BYTES)
                        : MOST_BODY_BYTES;
        try (SourceMessages messages = new SourceMessages(source, most, options.encodeText());
                FrameSender sender = new FrameSender(link)) {
            messages.schema(
                    (message, body) -> sender.send(new OutgoingFrame(descriptor, message, body)));
            SourceMessages.Taker taker =
                    (message, body) -> sender.send(new OutgoingFrame(null, message, body));
            boolean more = messages.next(taker);
            while (more) {
                more = messages.next(taker);
            }
            Flight.PutResult result = sender.finish();
            if (result == null) {
                throw new ShelfException(
                        ErrorCode.PROTOCOL, "daemon did not answer the put: name=" + name);
            }
            return FlightJson.table(result.getAppMetadata().toStringUtf8());
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "source cannot be read: name=" + name + ", cause=" + failure.getMessage(),
                    failure);
        }
    }

    @Override
    public TableBuilder builder(String name, Schema schema, long capacityBytes) {
        TableName.toKey(name);
        return new CopyingBuilder(schema, source -> put(name, source, PutOptions.DEFAULT));
    }

    @Override
    public @Nullable ShelfTable find(String name) {
        Flight.FlightInfo found = flightInfo(name);
        return found == null
                ? null
                : new StreamedTable(link, allocator, facts(found), schema(found));
    }

    @Override
    public List<TableInfo> list() {
        return link.call(stub -> {
            List<TableInfo> tables = new ArrayList<>();
            stub.listFlights(Flight.Criteria.getDefaultInstance())
                    .forEachRemaining(found -> tables.add(facts(found)));
            return tables;
        });
    }

    @Override
    public @Nullable TableInfo info(String name) {
        Flight.FlightInfo found = flightInfo(name);
        return found == null ? null : facts(found);
    }

    private Flight.@Nullable FlightInfo flightInfo(String name) {
        TableName.toKey(name);
        Flight.FlightDescriptor path =
                Flight.FlightDescriptor.newBuilder()
                        .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                        .addPath(name)
                        .build();
        try {
            return link.call(stub -> stub.getFlightInfo(path));
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw failure;
        }
    }

    private static TableInfo facts(Flight.FlightInfo found) {
        return FlightJson.table(found.getAppMetadata().toStringUtf8());
    }

    private static Schema schema(Flight.FlightInfo found) {
        ByteBuffer encapsulated =
                found.getSchema().asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (encapsulated.remaining() < PREFIX_BYTES) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "schema is cut short: bytes=" + encapsulated.remaining());
        }
        ByteBuffer message =
                encapsulated
                        .slice(PREFIX_BYTES, encapsulated.remaining() - PREFIX_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        return MessageSchema.of(Message.getRootAsMessage(message));
    }

    @Override
    public @Nullable TableDetails details(String name) {
        try {
            return OwnerDetails.parse(link.action("shelf.details", TableName.toKey(name)));
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw failure;
        }
    }

    @Override
    public boolean touch(String name, Optional<Duration> timeToLive, Optional<Duration> mostIdle) {
        String request = FlightJson.touch(name, timeToLive, mostIdle);
        String answer = link.action("shelf.touch", request.getBytes(StandardCharsets.UTF_8));
        return Boolean.parseBoolean(FlightJson.read(answer).get("existed"));
    }

    @Override
    public long spill(String name) {
        String answer = link.action("shelf.spill", TableName.toKey(name));
        return Long.parseLong(FlightJson.read(answer).getOrDefault("bytes", "0"));
    }

    @Override
    public boolean persist(String name, Path directory, SpillCodec codec) {
        String request = FlightJson.stored(name, directory, codec, true);
        String answer = link.action("shelf.persist", request.getBytes(StandardCharsets.UTF_8));
        return Boolean.parseBoolean(FlightJson.read(answer).get("existed"));
    }

    @Override
    public @Nullable TableInfo load(String name, Path directory, PutOptions options) {
        String request = FlightJson.stored(name, directory, SpillCodec.NONE, options.replace());
        try {
            return FlightJson.table(
                    link.action("shelf.load", request.getBytes(StandardCharsets.UTF_8)));
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw failure;
        }
    }

    @Override
    public List<String> persisted(Path directory) {
        return FlightJson.texts(
                link.action(
                        "shelf.persisted", directory.toString().getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public boolean delete(String name) {
        String answer = link.action("delete", TableName.toKey(name));
        return Boolean.parseBoolean(FlightJson.read(answer).get("deleted"));
    }

    @Override
    public long deleteAll() {
        String answer = link.action("shelf.delete_all", new byte[0]);
        return Long.parseLong(FlightJson.read(answer).getOrDefault("deleted", "0"));
    }

    @Override
    public ShelfStatus status() {
        return OwnerStatus.parse(link.action("shelf.status", new byte[0]));
    }

    /// Ends the connection. Memory of readers that are still open stays until they are closed.
    @Override
    public void close() {
        link.close();
        if (allocator.getAllocatedMemory() == 0) {
            allocator.close();
        }
    }
}
