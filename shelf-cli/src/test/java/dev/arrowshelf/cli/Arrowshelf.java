package dev.arrowshelf.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The built distribution, run as child processes the way the launcher does: its jar, its flags,
/// nothing of this process.
final class Arrowshelf {
    private static final Path DIST =
            Path.of(System.getProperty("basedir", ""), "target", "dist").toAbsolutePath();
    private static final long RUN_SECONDS = 120;

    private final Path folder;
    private final List<String> flags = new ArrayList<>();

    /// @param folder working directory of the processes, also for what they print
    Arrowshelf(Path folder) {
        this.folder = folder;
    }

    /// Adds a flag of the virtual machine.
    Arrowshelf withFlag(String flag) {
        flags.add(flag);
        return this;
    }

    /// Runs a command to its end.
    CommandRun run(String... arguments) {
        return run(new byte[0], Map.of(), arguments);
    }

    /// Runs a command to its end, with standard input and variables of its own.
    CommandRun run(byte[] input, Map<String, String> variables, String... arguments) {
        try {
            Path out = Files.createTempFile(folder, "stdout", "");
            Path err = Files.createTempFile(folder, "stderr", "");
            ProcessBuilder builder =
                    builder(variables, arguments)
                            .redirectOutput(out.toFile())
                            .redirectError(err.toFile());
            Process process = builder.start();
            feed(process, input);
            if (!process.waitFor(RUN_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("does not end: command=" + builder.command());
            }
            CommandRun run = new CommandRun(process.exitValue(), text(out), text(err));
            Files.delete(out);
            Files.delete(err);
            return run;
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    /// Starts a command whose output the caller reads.
    Process start(String... arguments) throws IOException {
        return builder(Map.of(), arguments).start();
    }

    private ProcessBuilder builder(Map<String, String> variables, String... arguments) {
        List<String> command = new ArrayList<>();
        // A test run under nohup or in a shell's background ignores some signals; its children must
        // not.
        command.addAll(List.of("env", "--default-signal=HUP,INT,TERM"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add(
                "@"
                        + DIST.resolve(
                                arguments[0].equals("server") || arguments[0].equals("demo")
                                        ? "server.jvm"
                                        : "command.jvm"));
        command.addAll(flags);
        command.addAll(
                List.of(
                        "-cp",
                        DIST.resolve("arrowshelf.jar").toString(),
                        "dev.arrowshelf.cli.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ARROWSHELF_"));
        builder.environment().put("XDG_CONFIG_HOME", folder.resolve("config").toString());
        builder.environment().putAll(variables);
        return builder;
    }

    private static void feed(Process process, byte[] input) throws InterruptedException {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input);
        } catch (IOException _) {
            // It ended without reading; what it says is what the test looks at.
        }
    }

    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
