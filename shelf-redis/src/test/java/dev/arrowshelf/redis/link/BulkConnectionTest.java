package dev.arrowshelf.redis.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.redis.layout.Checksum;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A server that answers what the test says, in pieces of the test's choice.
final class BulkConnectionTest {
    private static final byte[] KEY = "k".getBytes(StandardCharsets.US_ASCII);
    private static final String REQUEST = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
    private static final int ROOM = 10_000;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment target = arena.allocate(ROOM);
    private ServerSocket listening;
    private BulkConnection connection;
    private Socket server;

    @BeforeEach
    void connect() throws IOException {
        listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        InetSocketAddress address =
                new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort());
        connection = BulkConnection.to(address);
        connection.open(address, RedisOptions.of("redis://127.0.0.1:" + listening.getLocalPort()));
        server = listening.accept();
        server.setTcpNoDelay(true);
    }

    @AfterEach
    void close() throws IOException {
        connection.close();
        server.close();
        listening.close();
        arena.close();
    }

    /// Reads a request of that many bytes, then answers piece by piece.
    private CompletableFuture<String> serve(int requestBytes, byte[]... pieces) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                InputStream in = server.getInputStream();
                String request =
                        new String(in.readNBytes(requestBytes), StandardCharsets.ISO_8859_1);
                for (byte[] piece : pieces) {
                    server.getOutputStream().write(piece);
                    server.getOutputStream().flush();
                }
                return request;
            } catch (IOException failure) {
                throw new CompletionException(failure);
            }
        });
    }

    private long get() throws IOException {
        connection.sendGet(KEY);
        return connection.receiveValue(target, false).bytes();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] value(int bytes) {
        byte[] value = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            value[i] = (byte) (i * 31);
        }
        return value;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 2047, 2048, 2049, 8_000, ROOM})
    void aValueComesWholeHoweverTheReplyIsCut(int bytes) throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        reply.write(ascii("$" + bytes + "\r\n"));
        reply.write(value(bytes));
        reply.write(ascii("\r\n"));
        byte[] all = reply.toByteArray();
        for (int cut : new int[] {1, 2, 4, all.length - 3, all.length - 1}) {
            int at = Math.floorMod(cut, all.length);
            CompletableFuture<String> served =
                    serve(
                            REQUEST.length(),
                            Arrays.copyOf(all, at),
                            Arrays.copyOfRange(all, at, all.length));
            target.fill((byte) 0);
            connection.sendGet(KEY);
            RedisLink.Arrived arrived = connection.receiveValue(target, true);
            assertThat(arrived.bytes()).isEqualTo(bytes);
            assertThat(served.join()).isEqualTo(REQUEST);
            assertThat(arrived.crc()).isEqualTo(Checksum.of(target.asSlice(0, bytes)));
            assertThat(target.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(value(bytes));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 2047, 2048, 5_000})
    void answersToSeveralCommandsComeInTheirOrderHoweverTheyAreCut(int bytes) throws IOException {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        reply.write(ascii("$" + bytes + "\r\n"));
        reply.write(value(bytes));
        reply.write(ascii("\r\n+OK\r\n$2\r\nab\r\n"));
        byte[] all = reply.toByteArray();
        ChunkBytes one = ChunkBytes.of(ascii("x"));
        String set = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nx\r\n";
        for (int cut = 1; cut < all.length; cut += Math.max(1, bytes / 100)) {
            CompletableFuture<String> served =
                    serve(
                            2 * REQUEST.length() + set.length(),
                            Arrays.copyOf(all, cut),
                            Arrays.copyOfRange(all, cut, all.length));
            connection.sendGet(KEY);
            int _ = connection.sendSet(KEY, one, Duration.ZERO, false);
            connection.sendGet(KEY);
            assertThat(connection.receiveValue(target, false).bytes()).isEqualTo(bytes);
            assertThat(target.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE))
                    .isEqualTo(value(bytes));
            connection.receiveOk();
            assertThat(connection.receiveValue(target, false).bytes()).isEqualTo(2);
            assertThat(target.getString(0, StandardCharsets.ISO_8859_1)).startsWith("ab");
            assertThat(served.join()).isEqualTo(REQUEST + set + REQUEST);
        }
    }

    @Test
    void aMissingValueIsNone() throws IOException {
        CompletableFuture<String> served = serve(REQUEST.length(), ascii("$-1\r\n"));
        assertThat(get()).isEqualTo(RedisLink.MISSING);
        served.join();
    }

    @Test
    void aValueThatIsTooLongIsNotWrittenAndEndsTheConnection() throws IOException {
        CompletableFuture<String> served =
                serve(REQUEST.length(), ascii("$" + (ROOM + 1) + "\r\nx"));
        assertThat(get()).isEqualTo(ROOM + 1);
        assertThat(target.get(ValueLayout.JAVA_BYTE, 0)).isZero();
        assertThat(connection.isOpen()).isFalse();
        served.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"+OK\r\n", ":1\r\n", "$12x\r\n", "$\r\n", "what\r\n"})
    void anotherReplyMakesNoSense(String reply) {
        CompletableFuture<String> served = serve(REQUEST.length(), ascii(reply));
        assertThatThrownBy(() -> get())
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(BulkConnection.RefusedException.class)
                .hasMessageContaining("makes no sense");
        served.join();
    }

    @Test
    void aReplyWithoutEndIsGivenUp() {
        CompletableFuture<String> served = serve(REQUEST.length(), new byte[5000]);
        assertThatThrownBy(() -> get()).hasMessageContaining("no sense");
        served.join();
    }

    @Test
    void aRefusalLeavesTheConnectionUsable() throws IOException {
        CompletableFuture<String> served =
                serve(REQUEST.length(), ascii("-WRONGTYPE Operation\r\n"));
        assertThatThrownBy(() -> get())
                .isInstanceOf(BulkConnection.RefusedException.class)
                .hasMessageContaining("WRONGTYPE");
        served.join();
        served = serve(REQUEST.length(), ascii("$1\r\nx\r\n"));
        assertThat(get()).isEqualTo(1);
        served.join();
    }

    @Test
    void anEndInMidValueIsAnError() {
        CompletableFuture<Void> served =
                serve(REQUEST.length(), ascii("$9000\r\nabc"))
                        .thenRun(() -> {
                            try {
                                server.close();
                            } catch (IOException failure) {
                                throw new CompletionException(failure);
                            }
                        });
        assertThatThrownBy(() -> get()).isInstanceOf(IOException.class);
        served.join();
    }

    @Test
    void piecesOfAValueAreSentOneAfterTheOther() throws IOException {
        MemorySegment large = arena.allocate(5000);
        large.fill((byte) 'y');
        ChunkBytes value =
                ChunkBytes.of(List.of(MemorySegment.ofArray(ascii("abc")), large.asSlice(0, 4997)));
        String expected =
                "*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$5000\r\nabc"
                        + "y".repeat(4997)
                        + "\r\n$2\r\nPX\r\n$4\r\n1500\r\n";
        CompletableFuture<String> served = serve(expected.length(), ascii("+OK\r\n"));
        int crc = connection.sendSet(KEY, value, Duration.ofMillis(1500), true);
        connection.receiveOk();
        assertThat(served.join()).isEqualTo(expected);
        assertThat(crc).isEqualTo(Checksum.of(value.pieces()));
    }
}
