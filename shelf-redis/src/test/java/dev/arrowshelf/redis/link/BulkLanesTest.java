package dev.arrowshelf.redis.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCommandTimeoutException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// One lane to a server that answers what the test says.
final class BulkLanesTest {
    private static final int REQUEST_BYTES = "*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$0\r\n\r\n".length();
    private static final long MIB = 1 << 20;

    private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
    private ServerSocket listening;
    private final List<Socket> accepted = new ArrayList<>();

    @BeforeEach
    void listen() throws IOException {
        listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        scheduler.shutdownNow();
        for (Socket each : accepted) {
            each.close();
        }
        listening.close();
    }

    /// A link of three connections has two for small values, so one for large ones.
    private BulkLanes lanes(Duration timeout) {
        RedisOptions options =
                RedisOptions.of("redis://127.0.0.1:" + listening.getLocalPort())
                        .withLimits(
                                new RedisOptions.Limits(
                                        3, 1 << 20, timeout, Duration.ofSeconds(5), true));
        return new BulkLanes(
                new InetSocketAddress(listening.getInetAddress(), listening.getLocalPort()),
                options,
                scheduler);
    }

    /// Sends a word when it may, and waits for OK.
    private record Word(String word, long bytes, CountDownLatch go)
            implements BulkLanes.Command<String> {
        @Override
        public void send(BulkConnection connection) throws IOException {
            try {
                go.await();
            } catch (InterruptedException failure) {
                throw new IOException(failure);
            }
            int _ =
                    connection.sendSet(
                            word.getBytes(StandardCharsets.US_ASCII),
                            ChunkBytes.of(new byte[0]),
                            Duration.ZERO,
                            false);
        }

        @Override
        public String receive(BulkConnection connection) throws IOException {
            connection.receiveOk();
            return word;
        }
    }

    /// Has words sent that are all there before the first is on its way.
    private static List<CompletableFuture<String>> together(
            BulkLanes lanes, long bytes, String... words) {
        CountDownLatch go = new CountDownLatch(1);
        List<CompletableFuture<String>> answers =
                Stream.of(words).map(word -> lanes.run(new Word(word, bytes, go))).toList();
        go.countDown();
        return answers;
    }

    private void accept() throws IOException {
        accepted.add(listening.accept());
    }

    private Socket server() {
        return accepted.getLast();
    }

    private String receive(int requests) throws IOException {
        InputStream in = server().getInputStream();
        byte[] all = in.readNBytes(requests * REQUEST_BYTES);
        return new String(all, StandardCharsets.US_ASCII);
    }

    private void answer(String reply) throws IOException {
        server().getOutputStream().write(reply.getBytes(StandardCharsets.US_ASCII));
        server().getOutputStream().flush();
    }

    @Test
    void theNextCommandTravelsBeforeTheAnswerToTheOneBefore() throws IOException {
        try (BulkLanes lanes = lanes(Duration.ofSeconds(30))) {
            List<CompletableFuture<String>> answers = together(lanes, MIB, "a", "b", "c");
            accept();
            assertThat(receive(2)).contains("\r\na\r\n").contains("\r\nb\r\n");
            answer("+OK\r\n-OOM no room\r\n");
            assertThat(answers.get(0).join()).isEqualTo("a");
            assertThatThrownBy(answers.get(1)::join)
                    .hasCauseInstanceOf(BulkConnection.RefusedException.class);
            assertThat(receive(1)).contains("\r\nc\r\n");
            answer("+OK\r\n");
            assertThat(answers.get(2).join()).isEqualTo("c");
        }
    }

    @Test
    void aVeryLongValueTravelsAlone() throws IOException {
        try (BulkLanes lanes = lanes(Duration.ofSeconds(30))) {
            List<CompletableFuture<String>> answers = together(lanes, 4 * MIB, "a", "b");
            accept();
            assertThat(receive(1)).contains("\r\na\r\n");
            assertThat(server().getInputStream().available()).isZero();
            answer("+OK\r\n");
            assertThat(answers.get(0).join()).isEqualTo("a");
            assertThat(receive(1)).contains("\r\nb\r\n");
            answer("+OK\r\n");
            assertThat(answers.get(1).join()).isEqualTo("b");
        }
    }

    @Test
    void aConnectionThatEndsIsToldToAllThatWereSentAndReplaced() throws IOException {
        try (BulkLanes lanes = lanes(Duration.ofSeconds(30))) {
            List<CompletableFuture<String>> answers = together(lanes, MIB, "a", "b");
            accept();
            receive(2);
            server().close();
            assertThatThrownBy(answers.get(0)::join).hasCauseInstanceOf(IOException.class);
            assertThatThrownBy(answers.get(1)::join).hasCauseInstanceOf(IOException.class);

            CompletableFuture<String> third = together(lanes, MIB, "c").getFirst();
            accept();
            receive(1);
            answer("+OK\r\n");
            assertThat(third.join()).isEqualTo("c");
        }
    }

    @Test
    void aCommandThatIsNotAnsweredInTimeIsLateAndTheOneBehindItIsTriedElsewhere()
            throws IOException {
        try (BulkLanes lanes = lanes(Duration.ofMillis(300))) {
            List<CompletableFuture<String>> answers = together(lanes, MIB, "a", "b");
            accept();
            assertThatThrownBy(answers.get(0)::join)
                    .hasCauseInstanceOf(RedisCommandTimeoutException.class);
            assertThatThrownBy(answers.get(1)::join)
                    .cause()
                    .isInstanceOfAny(IOException.class, RedisCommandTimeoutException.class);
        }
    }

    @Test
    void aServerThatCannotBeReachedIsLeftAlone() throws IOException {
        listening.close();
        try (BulkLanes lanes = lanes(Duration.ofSeconds(30))) {
            CompletableFuture<String> answer = together(lanes, MIB, "a").getFirst();
            assertThatThrownBy(answer::join).hasCauseInstanceOf(IOException.class);
            assertThat(lanes.run(new Word("b", MIB, new CountDownLatch(0)))).isNull();
        }
    }
}
