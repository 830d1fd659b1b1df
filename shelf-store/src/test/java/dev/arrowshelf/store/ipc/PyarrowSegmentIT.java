package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Real pyarrow writes tables of every type; the segments and slab payloads made of them are read
/// by pyarrow and by arrow-java as the same tables. One Python process does all of it: it starts
/// slowly.
final class PyarrowSegmentIT {
    private static final int SLAB_BYTES = 65_536;

    private static final Map<String, String> RESULTS = new TreeMap<>();
    private static Path directory = Path.of("/dev/shm");

    @BeforeAll
    static void putEachTableThatPyarrowWrites() throws IOException, InterruptedException {
        directory = Files.createTempDirectory(Path.of("/dev/shm"), "arrowshelf-ipc-it-");
        Path script = directory.resolve("pyarrow_cases.py");
        try (InputStream in = PyarrowSegmentIT.class.getResourceAsStream("pyarrow_cases.py")) {
            Files.copy(Objects.requireNonNull(in), script);
        }
        Files.createDirectory(directory.resolve("in"));
        Files.createDirectory(directory.resolve("out"));
        Process python =
                new ProcessBuilder(TestPython.find(), script.toString(), directory.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader answers = python.inputReader(StandardCharsets.UTF_8)) {
            assertThat(answers.readLine()).isEqualTo("ready");
            for (Path source : cases()) {
                compose(source);
            }
            python.outputWriter(StandardCharsets.UTF_8).append("go\n").flush();
            answers.lines()
                    .map(line -> line.split("\t", 2))
                    .forEach(line -> RESULTS.put(line[0], line[1]));
            assertThat(python.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            python.destroyForcibly();
        }
    }

    @AfterAll
    static void removeEverything() throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static List<Path> cases() throws IOException {
        try (Stream<Path> paths = Files.list(directory.resolve("in"))) {
            return paths.sorted().toList();
        }
    }

    private static void compose(Path source) throws IOException {
        Path out = directory.resolve("out");
        try (Arena arena = Arena.ofConfined();
                FileChannel channel = FileChannel.open(source)) {
            MemorySegment table = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            int number = 0;
            for (MemorySegment segment : SegmentMaker.make(table, 64 + number, true)) {
                write(segment, out.resolve(source.getFileName() + "." + number++));
            }
            SlabPayload payload = SlabPayload.compose(table, true, SLAB_BYTES);
            if (payload.fits()) {
                MemorySegment slab = arena.allocate(payload.payloadBytes(), 64);
                payload.writeTo(slab);
                write(slab, out.resolve(source.getFileName() + ".slab"));
            }
        }
    }

    private static void write(MemorySegment bytes, Path path) throws IOException {
        Files.write(path, bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    @TestFactory
    Stream<DynamicTest> isReadByPyarrowAsItWroteIt() throws IOException {
        return cases().stream()
                .map(path -> path.getFileName().toString())
                .map(name ->
                        DynamicTest.dynamicTest(
                                name, () -> assertThat(RESULTS).containsEntry(name, "ok")));
    }

    /// What arrow-java cannot read of pyarrow's it need not read of ours; of a file it reads no
    /// deltas.
    @TestFactory
    Stream<DynamicTest> isReadByArrowJavaLikeItsSource() throws IOException {
        return cases().stream()
                .map(path -> path.getFileName().toString())
                .filter(name ->
                        !name.startsWith("dictionary-delta")
                                && !name.startsWith("dictionary-replaced"))
                .map(name -> DynamicTest.dynamicTest(name, () -> readWithArrowJava(name)));
    }

    private static void readWithArrowJava(String name) throws IOException {
        List<String> wanted = read(directory.resolve("in").resolve(name), name.endsWith("-file"));
        List<String> found = read(directory.resolve("out").resolve(name + ".0"), true);

        assertThat(found).isEqualTo(wanted);
        Path slab = directory.resolve("out").resolve(name + ".slab");
        if (Files.exists(slab)) {
            assertThat(read(slab, false)).isEqualTo(wanted);
        }
    }

    private static List<String> read(Path path, boolean file) throws IOException {
        List<String> rows = new ArrayList<>();
        try (BufferAllocator allocator = new RootAllocator();
                FileChannel channel = FileChannel.open(path);
                ArrowReader reader =
                        file
                                ? new ArrowFileReader(
                                        channel, allocator, CommonsCompressionFactory.INSTANCE)
                                : new ArrowStreamReader(
                                        channel, allocator, CommonsCompressionFactory.INSTANCE)) {
            rows.add(reader.getVectorSchemaRoot().getSchema().toString());
            while (reader.loadNextBatch()) {
                rows.add("batch " + reader.getVectorSchemaRoot().getRowCount());
                for (FieldVector vector : reader.getVectorSchemaRoot().getFieldVectors()) {
                    for (int i = 0; i < vector.getValueCount(); i++) {
                        rows.add(text(vector.getObject(i)));
                    }
                }
            }
        } catch (RuntimeException e) {
            if (e instanceof UncheckedIOException) {
                throw e;
            }
            return List.of("arrow-java cannot read it: " + e.getClass());
        }
        return rows;
    }

    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes
                ? HexFormat.of().formatHex(bytes)
                : String.valueOf(value);
    }
}
