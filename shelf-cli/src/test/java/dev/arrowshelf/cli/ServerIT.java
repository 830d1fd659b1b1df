package dev.arrowshelf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.arrowshelf.client.ShelfClient;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The daemon of the built distribution, and commands that meet it.
final class ServerIT {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Arrowshelf arrowshelf;

    @BeforeEach
    void workOnTmpfs() {
        arrowshelf = new Arrowshelf(temporary.scratch());
        ArrowFiles.write(temporary.scratch().resolve("in.arrow"), 50_000, 50_000);
    }

    @Test
    void servesCommandsByDirectoryAndByAddress() {
        try (Daemon daemon = start()) {
            assertThat(daemon.fact("directory")).isEqualTo(temporary.directory().toString());
            assertThat(daemon.fact("pid")).isEqualTo(Long.toString(daemon.pid()));
            assertThat(run("put", "a", "in.arrow").code()).isZero();
            String address = daemon.fact("address");
            CommandRun put = arrowshelf.run("put", "b", "in.arrow", "--address", address);
            assertThat(put.code()).as(put.err()).isZero();
            assertThat(arrowshelf.run("list", "--address", address).lines())
                    .containsExactly("a", "b");
            assertThat(
                            arrowshelf
                                    .run(
                                            "get",
                                            "a",
                                            "--offset",
                                            "49999",
                                            "--json",
                                            "--address",
                                            address)
                                    .lines())
                    .containsExactly("{\"id\":49999,\"name\":\"row 49999\"}");
            assertThat(
                            arrowshelf
                                    .run("info", "a", "--json", "--address", address)
                                    .json()
                                    .get("rows")
                                    .asLong())
                    .isEqualTo(50_000);
            JsonNode status = arrowshelf.run("status", "--json", "--address", address).json();
            assertThat(status.get("owner_pid").asLong()).isEqualTo(daemon.pid());
            assertThat(status.get("address").asText()).isEqualTo(address);
            assertThat(status.get("tables").asLong()).isEqualTo(2);
            assertThat(run("delete", "a", "b").code()).isZero();
            assertThat(run("list").lines()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void aSignalStopsItCleanlyAndTablesSurvive(String signal) throws IOException {
        try (Daemon daemon = start()) {
            assertThat(run("put", "a", "in.arrow").code()).isZero();
            assertThat(daemon.end(signal)).isZero();
        }
        assertThat(Files.exists(temporary.directory().resolve("shelf.sock"))).isFalse();
        assertThat(run("status", "--json").json().get("owner_pid").asLong()).isZero();
        assertWhole();
    }

    @Test
    void tablesSurviveAKillAndTheNextDaemonServesThem() throws IOException {
        try (Daemon daemon = start()) {
            assertThat(run("put", "a", "in.arrow").code()).isZero();
            assertThat(daemon.end("KILL")).isEqualTo(137);
        }
        assertThat(run("list").lines()).containsExactly("a");
        assertWhole();
        try (Daemon again = start()) {
            assertThat(again.fact("tables")).isEqualTo("1");
            assertWhole();
            assertThat(again.end("TERM")).isZero();
        }
        assertThat(temporary.directory().resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void aReaderKeepsItsTableOverTheDaemonsDeath() throws IOException {
        try (Daemon daemon = start();
                Shelf shelf = ShelfClient.connect(temporary.directory())) {
            assertThat(run("put", "a", "in.arrow").code()).isZero();
            try (ShelfTable table = shelf.get("a")) {
                daemon.end("KILL");
                try (ArrowReader reader = table.reader()) {
                    assertThat(ArrowFiles.ids(reader)).hasSize(50_000);
                }
            }
        }
    }

    @Test
    void aShutdownRequestEndsItWithZero() throws IOException {
        try (Daemon daemon = start();
                SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            socket.connect(UnixDomainSocketAddress.of(temporary.directory().resolve("shelf.sock")));
            ByteBuffer shutdown = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            shutdown.putInt(4).putShort((short) 12).putShort((short) 0).flip();
            socket.write(shutdown);
            assertThat(daemon.awaitEnd()).isZero();
        }
        assertThat(run("status", "--json").json().get("owner_pid").asLong()).isZero();
    }

    @Test
    void anEphemeralShelfIsGoneAfterwards() {
        try (Daemon daemon = start("--ephemeral")) {
            assertThat(run("put", "a", "in.arrow").code()).isZero();
            assertThat(daemon.end("TERM")).isZero();
        }
        assertThat(temporary.directory()).doesNotExist();
    }

    @Test
    void aSecondDaemonSaysWhoOwnsTheShelf() {
        try (Daemon daemon = start()) {
            CommandRun second =
                    arrowshelf.run(
                            "server", "--port", "0", "--dir", temporary.directory().toString());
            assertThat(second.code()).isEqualTo(4);
            assertThat(second.out()).isEmpty();
            assertThat(second.err())
                    .startsWith("arrowshelf: ")
                    .hasLineCount(1)
                    .contains("pid=" + daemon.pid());
            assertThat(daemon.isAlive()).isTrue();
            assertThat(run("list").code()).isZero();
        }
    }

    @Test
    void aPortInUseIsNamedAndNothingIsLeftBehind() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            CommandRun server =
                    arrowshelf.run(
                            "server", "--port", port, "--dir", temporary.directory().toString());
            assertThat(server.code()).as(server.err()).isEqualTo(4);
            assertThat(server.err()).startsWith("arrowshelf: ").hasLineCount(1).contains(port);
        }
        assertThat(run("status", "--json").json().get("owner_pid").asLong()).isZero();
    }

    @Test
    void settingsReachTheShelf() throws IOException {
        Path config =
                Files.writeString(
                        temporary.scratch().resolve("conf"),
                        "memory-limit = 100MiB\nwarm-pool = 0\n");
        try (Daemon daemon =
                start("--config", config.toString(), "--memory-limit", "64MiB", "--no-recycle")) {
            JsonNode status = run("status", "--json").json();
            assertThat(status.get("limit_bytes").asLong()).isEqualTo(64L << 20);
            assertThat(status.get("pool_bytes").asLong()).isZero();
            assertThat(status.get("features").get("recycle").asText()).isNotEqualTo("on");
            assertThat(daemon.isAlive()).isTrue();
        }
        CommandRun bad =
                arrowshelf.run(
                        "server",
                        "--memory-limit",
                        "lots",
                        "--dir",
                        temporary.directory().toString());
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.err()).contains("memory-limit").contains("lots");
    }

    private Daemon start(String... options) {
        return Daemon.start(arrowshelf, temporary.directory(), options);
    }

    private CommandRun run(String... arguments) {
        return arrowshelf.run(
                new byte[0], Map.of("ARROWSHELF_DIR", temporary.directory().toString()), arguments);
    }

    private void assertWhole() throws IOException {
        Path out = temporary.scratch().resolve("out.arrow");
        CommandRun get = run("get", "a", "--out", out.toString());
        assertThat(get.code()).as(get.err()).isZero();
        assertThat(ArrowFiles.ids(out)).isEqualTo(LongStream.range(0, 50_000).boxed().toList());
    }
}
