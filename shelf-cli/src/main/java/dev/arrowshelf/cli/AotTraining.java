package dev.arrowshelf.cli;

import dev.arrowshelf.cli.text.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/// The training run behind the launcher's AOT cache: runs usual command lines in one process, so
/// that the classes they load are noted. What a command answers, even a failure, does not matter.
final class AotTraining {
    private static final String TABLE = "training";

    private AotTraining() {}

    /// Takes one shelf directory for commands that only look into its control block; for all the
    /// others two, one that a daemon serves and one without an owner.
    public static void main(String[] arguments) throws IOException {
        Logging.configure();
        byte[] stream = arguments.length == 1 ? new byte[0] : stream();
        run(stream, "--version");
        if (arguments.length == 1) {
            list(stream, arguments[0]);
        } else {
            run(stream, "--help");
            for (String directory : arguments) {
                list(stream, directory);
                putAndGet(stream, directory);
            }
        }
    }

    private static void list(byte[] stream, String directory) {
        run(stream, "list", "--dir", directory);
        run(stream, "list", "--dir", directory, "--long");
        run(stream, "list", "--dir", directory, "--json");
    }

    private static void putAndGet(byte[] stream, String directory) {
        run(stream, "clear", "--yes", "--dir", directory);
        run(stream, "put", TABLE, "-", "--dir", directory);
        run(stream, "put", TABLE + "-2", "-", "--dir", directory, "--json");
        run(stream, "get", TABLE, "--dir", directory);
        run(stream, "get", TABLE, "--dir", directory, "--json");
        run(stream, "get", TABLE, "--dir", directory, "--out", "-");
        run(stream, "info", TABLE, "--dir", directory);
        run(stream, "info", TABLE, "--dir", directory, "--json");
        search(stream, directory);
        run(stream, "status", "--dir", directory);
        run(stream, "status", "--dir", directory, "--json");
        run(stream, "delete", TABLE, "--dir", directory);
        run(stream, "get", TABLE, "--dir", directory);
    }

    /// Few rows, so many places that the answer comes as a table.
    private static void search(byte[] stream, String directory) {
        for (String index : List.of("kd", "exact")) {
            String[] common = {
                "search", TABLE, "--columns", "number", "--index", index, "--dir", directory
            };
            run(stream, with(common, "--query", "1"));
            run(stream, with(common, "--queries", TABLE, "--neighbours", "20000", "--summary"));
        }
    }

    private static String[] with(String[] line, String... more) {
        return Stream.concat(Arrays.stream(line), Arrays.stream(more)).toArray(String[]::new);
    }

    /// Runs a command line with this input.
    static void run(byte[] input, String... line) {
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(input),
                        nowhere(),
                        OutputStream.nullOutputStream(),
                        nowhere(),
                        false,
                        false,
                        false);
        int _ = Program.run(terminal, Version.text(), line);
    }

    private static PrintStream nowhere() {
        return new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    }

    /// A small table as an Arrow stream.
    private static byte[] stream() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                BigIntVector numbers = new BigIntVector("number", allocator);
                VarCharVector names = new VarCharVector("name", allocator)) {
            numbers.allocateNew();
            names.allocateNew();
            for (int row = 0; row < 3; row++) {
                numbers.setSafe(row, row);
                names.setSafe(row, ("row " + row).getBytes(StandardCharsets.UTF_8));
            }
            numbers.setValueCount(3);
            names.setValueCount(3);
            try (VectorSchemaRoot batch = VectorSchemaRoot.of(numbers, names);
                    ArrowStreamWriter writer = new ArrowStreamWriter(batch, null, bytes)) {
                writer.writeBatch();
            }
        }
        return bytes.toByteArray();
    }
}
