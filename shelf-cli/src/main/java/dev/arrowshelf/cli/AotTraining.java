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
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.FieldType;

/// The training run behind the launcher's AOT cache: runs usual command lines in one process, so
/// that the classes they load are noted. What a command answers, even a failure, does not matter.
final class AotTraining {
    private static final String TABLE = "training";
    private static final String POINTS = "training-points";
    private static final int POINT_ROWS = 2_000;
    private static final int DIMENSIONS = 3;

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
                search(directory);
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
        run(stream, "status", "--dir", directory);
        run(stream, "status", "--dir", directory, "--json");
        run(stream, "delete", TABLE, "--dir", directory);
        run(stream, "get", TABLE, "--dir", directory);
    }

    private static void search(String directory) throws IOException {
        byte[] points = points();
        run(points, "put", POINTS, "-", "--dir", directory);
        for (String index : List.of("kd", "exact", "auto")) {
            String[] common = {"search", POINTS, "--index", index, "--dir", directory};
            run(points, with(common, "--query", "1,1,1"));
            run(points, with(common, "--query", "1,1,1", "--here", "--json"));
            run(points, with(common, "--queries", POINTS, "--summary"));
            run(points, with(common, "--queries", POINTS, "--summary", "--here"));
        }
        run(points, "delete", POINTS, "--dir", directory);
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

    /// Points as numpy's arrays are put, as an Arrow stream.
    private static byte[] points() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                FixedSizeListVector points =
                        FixedSizeListVector.empty("points", DIMENSIONS, allocator)) {
            ArrowType single = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            points.addOrGetVector(FieldType.nullable(single));
            points.allocateNew();
            Float4Vector values = (Float4Vector) points.getDataVector();
            for (int row = 0; row < POINT_ROWS; row++) {
                points.setNotNull(row);
                for (int axis = 0; axis < DIMENSIONS; axis++) {
                    int value = row * DIMENSIONS + axis;
                    values.setSafe(value, (float) Math.sin(value));
                }
            }
            values.setValueCount(POINT_ROWS * DIMENSIONS);
            points.setValueCount(POINT_ROWS);
            try (VectorSchemaRoot batch = VectorSchemaRoot.of(points);
                    ArrowStreamWriter writer = new ArrowStreamWriter(batch, null, bytes)) {
                writer.writeBatch();
            }
        }
        return bytes.toByteArray();
    }
}
