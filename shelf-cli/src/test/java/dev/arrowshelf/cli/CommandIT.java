package dev.arrowshelf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The built distribution as processes, on a shelf without a daemon.
final class CommandIT {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Arrowshelf arrowshelf;
    private Map<String, String> variables;

    @BeforeEach
    void nameTheShelf() {
        arrowshelf = new Arrowshelf(temporary.scratch());
        variables = Map.of("ARROWSHELF_DIR", temporary.directory().toString());
    }

    @Test
    void doesEverythingWithoutADaemonFromAnyDirectory() throws IOException {
        ArrowFiles.write(temporary.scratch().resolve("in.arrow"), 100, 30);
        CommandRun put = run("put", "from-file", "in.arrow");
        assertThat(put.code()).as(put.err()).isZero();
        assertThat(put.err()).isEmpty();
        assertThat(arrowshelf.run(ArrowFiles.stream(7), variables, "put", "from-input", "-").code())
                .isZero();
        assertThat(run("list")).isEqualTo(new CommandRun(0, "from-file\nfrom-input\n", ""));
        assertThat(run("list", "--json").json()).hasSize(2);
        assertThat(run("info", "from-file", "--json").json().get("rows").asLong()).isEqualTo(100);
        assertThat(run("get", "from-input", "--json").lines()).hasSize(7);
        assertThat(run("get", "from-file", "--out", "out.arrow"))
                .isEqualTo(new CommandRun(0, "", ""));
        assertThat(ArrowFiles.ids(temporary.scratch().resolve("out.arrow")))
                .isEqualTo(LongStream.range(0, 100).boxed().toList());
        assertThat(run("status", "--json").json().get("tables").asLong()).isEqualTo(2);
        assertThat(run("delete", "from-file").code()).isZero();
        assertThat(run("clear", "--yes").out()).isEqualTo("1 table removed\n");
    }

    @Test
    void exitCodesReachTheShell() throws IOException {
        assertThat(run("get", "nothing"))
                .isEqualTo(new CommandRun(1, "", "arrowshelf: no such table: name=nothing\n"));
        assertThat(run("nonsense").code()).isEqualTo(2);
        assertThat(run().code()).isEqualTo(2);
        ArrowFiles.write(temporary.scratch().resolve("in.arrow"), 1_000_000, 1_000_000);
        Path config =
                Files.writeString(
                        temporary.scratch().resolve("small.conf"), "memory-limit = 2MiB\n");
        assertThat(run("put", "a", "in.arrow", "--config", config.toString()).code()).isEqualTo(3);
        assertThat(run("list", "--address", "localhost:1").code()).isEqualTo(4);
    }

    @Test
    void argumentsWinOverTheEnvironmentAndThatOverTheConfigFile() throws IOException {
        Path folder = Files.createDirectories(temporary.scratch().resolve("config/arrowshelf"));
        Files.writeString(
                folder.resolve("arrowshelf.conf"),
                "dir = " + temporary.scratch().resolve("configured") + "\n");
        assertThat(arrowshelf.run("status").err())
                .contains("directory=" + temporary.scratch().resolve("configured"));
        assertThat(run("status").err()).contains("directory=" + temporary.directory());
        assertThat(run("status", "--dir", "named").err())
                .contains("directory=" + temporary.scratch().resolve("named"));
    }

    @Test
    void listLoadsNothingOfArrowOrFlight() {
        ArrowFiles.write(temporary.scratch().resolve("in.arrow"), 10, 10);
        assertThat(run("put", "a", "in.arrow").code()).isZero();
        CommandRun list =
                new Arrowshelf(temporary.scratch())
                        .withFlag("-Xlog:class+load:stdout")
                        .run(new byte[0], variables, "list");
        List<String> loaded = list.lines();
        assertThat(loaded)
                .anyMatch(line -> line.contains("dev.arrowshelf.cli.command.ListCommand "));
        assertThat(loaded)
                .noneMatch(line -> line.contains(" org.apache.arrow."))
                .noneMatch(line -> line.contains(" io.grpc."))
                .noneMatch(line -> line.contains(" io.netty."))
                .noneMatch(line -> line.contains(" java.lang.System$LoggerFinder "))
                .noneMatch(line -> line.contains("DowncallStub"));
    }

    @Test
    void aClosedPipeEndsTheCommandQuietly() throws Exception {
        ArrowFiles.write(temporary.scratch().resolve("in.arrow"), 100_000, 1000);
        assertThat(run("put", "a", "in.arrow").code()).isZero();
        Process get =
                arrowshelf.start("get", "a", "--json", "--dir", temporary.directory().toString());
        try (var out = get.inputReader()) {
            assertThat(out.readLine()).startsWith("{\"id\":0");
        }
        assertThat(get.errorReader().readAllAsString()).isEmpty();
        assertThat(get.waitFor()).isZero();
    }

    private CommandRun run(String... arguments) {
        return arrowshelf.run(
                new byte[0],
                variables,
                arguments.length == 0 ? new String[] {"--debug"} : arguments);
    }
}
