package dev.arrowshelf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ProgramTest {
    static final List<String> COMMANDS =
            List.of(
                    "server",
                    "put",
                    "get",
                    "list",
                    "info",
                    "delete",
                    "clear",
                    "status",
                    "demo",
                    "completion",
                    "help");

    @Test
    void helpNamesEveryCommandAndEveryExitCode() {
        CommandRun help = CommandRun.of("--help");
        assertThat(help.code()).isZero();
        assertThat(help.err()).isEmpty();
        for (String command : COMMANDS) {
            assertThat(help.out()).containsPattern("(?m)^  " + command + " ");
        }
        assertThat(help.out())
                .contains("Exit codes:")
                .contains("--dir")
                .doesNotContain("demo-worker");
        assertThat(CommandRun.of("help")).isEqualTo(help);
        assertThat(CommandRun.of("-h")).isEqualTo(help);
    }

    @ParameterizedTest
    @MethodSource("commands")
    void everyCommandHasAHelpOfItsOwn(String command) {
        CommandRun help = CommandRun.of(command, "--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).startsWith("Usage: arrowshelf " + command);
        assertThat(help.out().lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(80));
        assertThat(CommandRun.of("help", command)).isEqualTo(help);
    }

    @Test
    void saysItsVersion() {
        assertThat(CommandRun.of("--version"))
                .isEqualTo(new CommandRun(0, "arrowshelf test\n", ""));
        assertThat(CommandRun.of("-V").code()).isZero();
    }

    @Test
    void wrongUsageIsExitCodeTwoAndNamesTheHelp() {
        assertUsage(CommandRun.of(), "no command given");
        assertUsage(CommandRun.of("lst"), "lst");
        assertUsage(CommandRun.of("list", "--nonsense"), "--nonsense");
        assertUsage(CommandRun.of("put", "name"), "missing required parameter: 'FILE'");
        assertUsage(CommandRun.of("delete"), "NAME");
        assertUsage(CommandRun.of("put", "a", "b", "--partition-bytes", "3X"), "text=\"3X\"");
        assertUsage(CommandRun.of("get", "a", "--limit", "-5"), "text=-5");
        assertUsage(CommandRun.of("get", "a", "--json", "--out", "x"), "exclude each other");
        assertUsage(CommandRun.of("completion", "fish"), "shell=fish");
        assertUsage(CommandRun.of("help", "nothing"), "command=nothing");
        assertUsage(CommandRun.of("clear"), "--yes");
        assertThat(CommandRun.of("lst").err()).contains("Did you mean: arrowshelf list");
    }

    @Test
    void globalOptionsStandBeforeOrAfterTheCommand(@TempDir Path folder) {
        String directory = folder.resolve("none").toString();
        assertThat(CommandRun.of("--dir", directory, "status").err())
                .contains("directory=" + directory);
        assertThat(CommandRun.of("status", "--dir=" + directory).err())
                .contains("directory=" + directory);
    }

    @Test
    void aConfigFileNamesTheShelfAndArgumentsWin(@TempDir Path folder) throws Exception {
        Path config =
                Files.writeString(
                        folder.resolve("conf"),
                        "# where\ndir = " + folder.resolve("configured") + "\n");
        assertThat(CommandRun.of("status", "--config", config.toString()).err())
                .contains("directory=" + folder.resolve("configured"));
        assertThat(
                        CommandRun.of(
                                        "status",
                                        "--config",
                                        config.toString(),
                                        "--dir",
                                        folder.resolve("named").toString())
                                .err())
                .contains("directory=" + folder.resolve("named"));
        Files.writeString(config, "no-such-key = 1\n");
        CommandRun bad = CommandRun.of("status", "--config", config.toString());
        assertThat(bad.code()).isEqualTo(1);
        assertThat(bad.err()).contains("file=" + config).contains("line=1");
    }

    @Test
    void printsOneLineForAnErrorAndTheStackOnDemand(@TempDir Path folder) {
        String directory = folder.resolve("none").toString();
        CommandRun plain = CommandRun.of("get", "a\nb", "--dir", directory);
        assertThat(plain)
                .isEqualTo(new CommandRun(1, "", "arrowshelf: no such table: name=a\\nb\n"));
        CommandRun debug = CommandRun.of("get", "a", "--dir", directory, "--debug");
        assertThat(debug.code()).isEqualTo(1);
        assertThat(debug.err()).contains("ShelfException").contains("\tat dev.arrowshelf");
    }

    @Test
    void completionScriptsAreShellCode() throws Exception {
        for (String shell : List.of("bash", "zsh")) {
            CommandRun script = CommandRun.of("completion", shell);
            assertThat(script.code()).isZero();
            assertThat(script.out())
                    .contains("complete -F")
                    .contains("partition-rows")
                    .contains("ephemeral");
        }
        Process bash = new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
        try (var input = bash.outputWriter()) {
            input.write(CommandRun.of("completion", "bash").out());
        }
        assertThat(bash.inputReader().readAllAsString()).isEmpty();
        assertThat(bash.waitFor()).isZero();
    }

    static List<String> commands() {
        return COMMANDS;
    }

    private static void assertUsage(CommandRun run, String message) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).startsWith("arrowshelf: ").contains(message).contains("--help'.");
    }
}
