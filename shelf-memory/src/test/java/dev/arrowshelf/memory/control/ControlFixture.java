package dev.arrowshelf.memory.control;

import dev.arrowshelf.memory.owner.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/// Makes control blocks for tests.
final class ControlFixture {
    static final UUID SHELF_ID = new UUID(0x0102030405060708L, 0x090a0b0c0d0e0f10L);

    private ControlFixture() {}

    static ControlSettings settings(int tables) throws IOException {
        return settings(tables, InstantSource.system());
    }

    static ControlSettings settings(int tables, InstantSource clock) throws IOException {
        AtomicLong generation = new AtomicLong(System.nanoTime());
        return new ControlSettings(
                tables,
                ProcessIdentity.self(),
                SHELF_ID,
                new ShelfFeatures(true, false),
                generation::incrementAndGet,
                clock);
    }

    static ControlWriter installed(Path directory, int tables) throws IOException {
        Files.createDirectories(directory.resolve("tmp"));
        ControlWriter writer = ControlWriter.create(directory, settings(tables));
        writer.install();
        return writer;
    }

    static byte[] key(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Figures that all follow from one number, so that a torn slot shows.
    static TableFigures figures(long number) {
        return new TableFigures(number * 3, number * 5, (int) (number & 0x7fffffff), number * 7);
    }

    static boolean belongsTogether(Slot slot) {
        long number = slot.generation();
        return slot.figures().equals(figures(number))
                && slot.location()
                        .equals(SlotLocation.inSlab(number * 11, (int) number, (int) number + 1));
    }

    static int publish(ControlWriter writer, String key, long number) throws IOException {
        SlotLocation location = SlotLocation.inSlab(number * 11, (int) number, (int) number + 1);
        return writer.publish(key(key), number, location, figures(number));
    }
}
