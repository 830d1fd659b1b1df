package dev.arrowshelf.memory.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// An owner that stops at a given step of a change and waits there to be killed.
final class ControlCrashChild {
    static final int TABLES = 50;

    private ControlCrashChild() {}

    /// Publishes tables, then makes the change in which the step lies: a replacement, or growing
    /// the block.
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        ControlSteps.Step fatal = ControlSteps.Step.valueOf(arguments[1]);
        boolean[] armed = {false};
        Files.createDirectories(directory.resolve("tmp"));
        ControlWriter writer =
                ControlWriter.create(
                        directory,
                        ControlFixture.settings(1),
                        step -> {
                            if (armed[0] && step == fatal) {
                                waitForDeath();
                            }
                        });
        writer.install();
        for (int i = 0; i < TABLES; i++) {
            ControlFixture.publish(writer, "table " + i, i);
        }
        System.out.println("published");
        System.in.read();
        armed[0] = true;
        if (fatal.name().startsWith("SLOT")) {
            ControlFixture.publish(writer, "table 7", 1_000);
        } else {
            ControlFixture.publish(writer, "x".repeat(60_000), 1_001);
        }
        throw new IllegalStateException("step was not reached: step=" + fatal);
    }

    private static void waitForDeath() {
        System.out.println("reached");
        try {
            System.in.readAllBytes();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
