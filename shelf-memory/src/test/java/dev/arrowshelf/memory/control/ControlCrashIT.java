package dev.arrowshelf.memory.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ChildProcess;
import dev.arrowshelf.memory.ShmDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What readers and the next owner see when the owner is killed between two steps of a change.
final class ControlCrashIT {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @ParameterizedTest
    @EnumSource(ControlSteps.Step.class)
    void nothingIsLostOrTorn(ControlSteps.Step step) throws IOException, InterruptedException {
        List<String> noFlags = List.of();
        try (ChildProcess owner =
                ChildProcess.java(
                        noFlags, ControlCrashChild.class, directory.toString(), step.name())) {
            assertThat(owner.readLine()).isEqualTo("published");
            try (ControlView early = ControlView.open(directory)) {
                assertThat(tables(early.current())).hasSize(ControlCrashChild.TABLES);
                assertThat(early.current().ownerAlive()).isTrue();
                owner.sendLine();
                assertThat(owner.readLine()).isEqualTo("reached");
                owner.kill();
                assertThat(early.current().ownerAlive()).isFalse();
                check(step, early);
            }
            try (ControlView late = ControlView.open(directory)) {
                check(step, late);
                try (ControlWriter next =
                        ControlWriter.create(directory, ControlFixture.settings(1))) {
                    ControlFixture.publish(next, "after the crash", 5);
                    next.install();
                    assertThat(tables(late.current())).containsOnlyKeys("after the crash");
                    assertThat(late.current().ownerAlive()).isTrue();
                }
            }
        }
    }

    private static void check(ControlSteps.Step step, ControlView view) throws IOException {
        Map<String, Long> expected = new TreeMap<>();
        for (int i = 0; i < ControlCrashChild.TABLES; i++) {
            expected.put("table " + i, (long) i);
        }
        switch (step) {
            case SLOT_ODD, SLOT_FILLED -> expected.remove("table 7");
            case SLOT_STABLE -> expected.put("table 7", 1_000L);
            case BLOCK_WRITTEN, OLD_SUPERSEDED, RENAMED -> {}
        }
        assertThat(tables(view.current())).isEqualTo(expected);
        assertThat(view.current().find(ControlFixture.key("table 7")) != null)
                .isEqualTo(expected.containsKey("table 7"));
        assertThat(view.current().find(ControlFixture.key("table 8"))).isNotNull();
    }

    private static Map<String, Long> tables(ControlReader reader) throws IOException {
        Map<String, Long> found = new TreeMap<>();
        reader.forEach((key, slot) -> {
            assertThat(ControlFixture.belongsTogether(slot)).isTrue();
            found.put(new String(key, StandardCharsets.UTF_8), slot.generation());
        });
        return found;
    }
}
