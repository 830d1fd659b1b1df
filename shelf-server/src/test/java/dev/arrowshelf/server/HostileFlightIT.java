package dev.arrowshelf.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.testkit.RandomTable;
import dev.arrowshelf.testkit.RandomTables;
import dev.arrowshelf.testkit.TableContent;
import dev.arrowshelf.testkit.TemporaryShelf;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Damaged, reordered, doubled and cut FlightData: each put ends with a status that says why, or
/// with a table that can be read. Nothing stays behind, which the testkit checks.
final class HostileFlightIT {
    private static final int ROUNDS = Integer.getInteger("shelf.fuzz", 150);
    private static final Metadata.Key<String> CODE =
            Metadata.Key.of("shelf-code", Metadata.ASCII_STRING_MARSHALLER);
    private static final Set<String> TYPED =
            Set.of(
                    "INVALID_IPC",
                    "UNSUPPORTED_IPC",
                    "INVALID_ARGUMENT",
                    "INVALID_KEY",
                    "OUT_OF_MEMORY",
                    "PROTOCOL");

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables random = RandomTables.ofThisRun().withPackedUnions();
    private ServedShelf served;

    @BeforeEach
    void serve() {
        served = new ServedShelf(temporary.options());
    }

    @AfterEach
    void stop() {
        served.close();
        allocator.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 20_000})
    void everyPutEndsWithAReasonOrATable(int rows) throws Exception {
        List<byte[]> good = frames(rows);
        assertThat(put(good)).isEmpty();
        try (TableSpace space = served.tables()) {
            for (int round = 0; round < ROUNDS; round++) {
                String refusal = put(damaged(good));
                if (!refusal.isEmpty()) {
                    assertThat(TYPED).as("round %d of %s", round, random).contains(refusal);
                    continue;
                }
                try (ShelfTable table = Objects.requireNonNull(space.find("t"))) {
                    assertThat(TableContent.of(table).rows())
                            .as("round %d of %s", round, random)
                            .hasSize((int) table.rowCount());
                } catch (ShelfException lacking) {
                    // a type that Arrow has and arrow-java has not, such as a decimal of 32 bits
                    assertThat(lacking.code())
                            .as("round %d of %s: %s", round, random, lacking)
                            .isEqualTo(ErrorCode.UNSUPPORTED_IPC);
                }
            }
        }
        assertThat(put(good)).isEmpty();
    }

    private List<byte[]> frames(int rows) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (RandomTable table = random.table(random.schema(3), rows, allocator);
                ArrowStreamWriter writer =
                        new ArrowStreamWriter(table.root(), table.dictionaries(), out)) {
            writer.writeBatch();
            random.fill(table.root(), rows / 2, allocator);
            writer.writeBatch();
            writer.end();
        }
        MemorySegment stream = MemorySegment.ofArray(out.toByteArray());
        List<byte[]> frames = new ArrayList<>();
        for (LocatedMessage located : IpcScanner.scan(stream)) {
            Flight.FlightData.Builder frame =
                    Flight.FlightData.newBuilder()
                            .setDataHeader(bytes(located.message().metadata()))
                            .setDataBody(
                                    bytes(
                                            stream.asSlice(
                                                    located.bodyOffset(),
                                                    located.message().bodyBytes())));
            if (frames.isEmpty()) {
                frame.setFlightDescriptor(
                        Flight.FlightDescriptor.newBuilder()
                                .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                                .addPath("t"));
            }
            frames.add(frame.build().toByteArray());
        }
        return frames;
    }

    private static ByteString bytes(MemorySegment segment) {
        return ByteString.copyFrom(segment.toArray(ValueLayout.JAVA_BYTE));
    }

    private List<byte[]> damaged(List<byte[]> good) {
        Random dice = random.random();
        List<byte[]> bad = new ArrayList<>(good);
        int victim = dice.nextInt(bad.size());
        switch (dice.nextInt(8)) {
            case 0 -> bad.remove(victim);
            case 1 -> bad.add(victim, bad.get(dice.nextInt(bad.size())));
            case 2 -> Collections.swap(bad, victim, dice.nextInt(bad.size()));
            case 3 -> {
                byte[] whole = bad.get(victim);
                bad.set(victim, java.util.Arrays.copyOf(whole, dice.nextInt(whole.length + 9)));
            }
            default -> {
                byte[] copy = bad.get(victim).clone();
                // most of a frame is its body: half of the blows go to what comes before
                int range = dice.nextBoolean() ? copy.length : Math.min(copy.length, 600);
                for (int n = 1 + dice.nextInt(3); n > 0; n--) {
                    int at = dice.nextInt(range);
                    copy[at] =
                            (byte)
                                    (dice.nextBoolean()
                                            ? dice.nextInt()
                                            : copy[at] ^ 1 << dice.nextInt(8));
                }
                bad.set(victim, copy);
            }
        }
        return bad;
    }

    /// Puts frames; returns why they were refused, empty when they were not.
    private String put(List<byte[]> frames) throws Exception {
        MethodDescriptor<byte[], Flight.PutResult> method =
                FlightServiceGrpc.getDoPutMethod().toBuilder(
                                RAW, FlightServiceGrpc.getDoPutMethod().getResponseMarshaller())
                        .build();
        ClientCall<byte[], Flight.PutResult> call =
                served.channel()
                        .newCall(
                                method,
                                CallOptions.DEFAULT.withDeadlineAfter(60, TimeUnit.SECONDS));
        CompletableFuture<String> end = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        String code = trailers.get(CODE);
                        end.complete(status.isOk() ? "" : code == null ? status.toString() : code);
                    }
                },
                new Metadata());
        call.request(2);
        for (byte[] frame : frames) {
            call.sendMessage(frame);
        }
        call.halfClose();
        return end.get(90, TimeUnit.SECONDS);
    }

    private static final MethodDescriptor.Marshaller<byte[]> RAW =
            new MethodDescriptor.Marshaller<>() {
                @Override
                public InputStream stream(byte[] value) {
                    return new ByteArrayInputStream(value);
                }

                @Override
                public byte[] parse(InputStream stream) {
                    try {
                        return stream.readAllBytes();
                    } catch (IOException failure) {
                        throw new UncheckedIOException(failure);
                    }
                }
            };
}
