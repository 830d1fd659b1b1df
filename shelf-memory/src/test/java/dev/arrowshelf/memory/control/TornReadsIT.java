package dev.arrowshelf.memory.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ChildProcess;
import dev.arrowshelf.memory.ShmDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Readers must see whole slots while the owner changes them without pause.
final class TornReadsIT {
    private static final long NANOS = 1_500_000_000;

    private static final String PYTHON_READER =
            """
            import mmap, os, struct, sys, time, zlib
            fd = os.open(sys.argv[1], os.O_RDONLY)
            block = mmap.mmap(fd, 0, prot=mmap.PROT_READ)
            offset = 4096 + 96 * int(sys.argv[2])
            reads = torn = retries = 0
            generations = set()
            end = time.monotonic() + float(sys.argv[3])
            while time.monotonic() < end:
                slot = block[offset:offset + 96]
                sequence, = struct.unpack_from('<Q', slot, 0)
                crc, = struct.unpack_from('<I', slot, 92)
                if sequence % 2 or zlib.crc32(slot[:92]) != crc:
                    retries += 1
                    continue
                state, = struct.unpack_from('<H', slot, 44)
                generation, = struct.unpack_from('<Q', slot, 24)
                locator, at, length, rows, size, created, columns = struct.unpack_from('<QIIQQQI', slot, 48)
                reads += 1
                generations.add(generation)
                whole = (rows == generation * 3 and size == generation * 5 and created == generation * 7
                         and locator == generation * 11 and at == generation and length == generation + 1
                         and columns == generation and state in (1, 2))
                torn += not whole
            print(reads, torn, retries, len(generations), flush=True)
            """;

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void neverHappenInJavaOrPython() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlView view = ControlView.open(directory);
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            int index = ControlFixture.publish(writer, "hot", 1);
            Future<Long> changes = threads.submit(() -> hammer(writer, stop));
            String control = directory.resolve("control").toString();
            try (ChildProcess python =
                    ChildProcess.python(
                            PYTHON_READER,
                            control,
                            Integer.toString(index),
                            Double.toString(NANOS / 1e9))) {
                List<Future<Long>> readers = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    readers.add(threads.submit(reading(view)));
                }
                for (Future<Long> reader : readers) {
                    assertThat(reader.get()).isPositive();
                }
                String[] counts = python.readLine().split(" ", -1);
                assertThat(Long.parseLong(counts[0])).as("reads").isPositive();
                assertThat(Long.parseLong(counts[1])).as("torn").isZero();
                assertThat(Long.parseLong(counts[3])).as("generations seen").isGreaterThan(1);
            } finally {
                stop.set(true);
            }
            assertThat(changes.get()).isPositive();
        }
    }

    private static long hammer(ControlWriter writer, AtomicBoolean stop) throws IOException {
        long number = 1;
        while (!stop.get()) {
            number = number % 1_000_000 + 1;
            ControlFixture.publish(writer, "hot", number);
            if (number % 16 == 0) {
                writer.withdraw(ControlFixture.key("hot"));
            }
        }
        return number;
    }

    private static Callable<Long> reading(ControlView view) {
        return () -> {
            long reads = 0;
            long end = System.nanoTime() + NANOS;
            while (System.nanoTime() < end) {
                Slot slot = view.current().find(ControlFixture.key("hot"));
                if (slot != null) {
                    assertThat(ControlFixture.belongsTogether(slot)).isTrue();
                    reads++;
                }
            }
            return reads;
        };
    }
}
