package dev.arrowshelf.memory.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.ShmDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

/// Random publications and withdrawals against a plain map.
final class ControlPropertyTest {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @RepeatedTest(3)
    void behavesLikeAMap() throws IOException {
        long seed = Long.getLong("shelf.seed", System.nanoTime());
        Random random = new Random(seed);
        Map<String, Long> model = new HashMap<>();
        try (ControlWriter writer = ControlFixture.installed(directory, 0);
                ControlView view = ControlView.open(directory)) {
            int keys = 1 + random.nextInt(2_000);
            for (int step = 0; step < 10_000; step++) {
                String key = "key " + random.nextInt(keys);
                if (random.nextInt(5) < 3) {
                    ControlFixture.publish(writer, key, step);
                    model.put(key, (long) step);
                } else {
                    boolean existed = writer.withdraw(ControlFixture.key(key)) != null;
                    assertThat(existed)
                            .as("seed %d step %d", seed, step)
                            .isEqualTo(model.remove(key) != null);
                }
                Slot found = view.current().find(ControlFixture.key(key));
                assertThat(found == null ? null : found.generation())
                        .as("seed %d step %d", seed, step)
                        .isEqualTo(model.get(key));
            }
            Map<String, Long> seen = new HashMap<>();
            view.current()
                    .forEach((key, slot) ->
                            seen.put(new String(key, StandardCharsets.UTF_8), slot.generation()));
            assertThat(seen).as("seed %d", seed).isEqualTo(model);
            assertThat(writer.tables()).isEqualTo(model.size());
        }
    }
}
