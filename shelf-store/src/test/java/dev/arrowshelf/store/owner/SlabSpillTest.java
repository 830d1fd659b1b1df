package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.publish.CrashPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A slab that goes to disk while the keeper, which compacts sparse slabs, has its rounds.
final class SlabSpillTest {
    private static final int TABLES = 50;

    private TestShelf shelf;

    @BeforeEach
    void open() throws IOException {
        shelf = new TestShelf();
    }

    @AfterEach
    void close() throws IOException {
        shelf.close();
    }

    @Test
    void allTablesOfASparseSlabGoToDiskWithTheOneThatWasNamed() throws IOException {
        ShelfOwner owner =
                shelf.owner(step -> {
                    if (step == CrashPoint.Step.SLAB_STORED) {
                        awaitRound();
                    }
                });
        byte[] stream = TestTables.stream(1, 1, 5);
        for (int table = 0; table < TABLES; table++) {
            shelf.putSmall("t" + table, stream);
        }

        assertThat(owner.spill(TestShelf.key("t7"))).isPositive();

        for (int table = 0; table < TABLES; table++) {
            assertThat(owner.details(TestShelf.key("t" + table)))
                    .extracting(TableDetails::spilledPartitions)
                    .as("table %d", table)
                    .isEqualTo(1);
        }
        assertThat(shelf.read("t7")).isEqualTo(TestShelf.lines(stream));
    }

    /// Waits until the keeper has begun two rounds: then one is over that began meanwhile.
    private void awaitRound() {
        try (ControlReader control = ControlReader.open(shelf.directory())) {
            for (int round = 0; round < 2; round++) {
                long before = control.header().heartbeatMillis();
                TestShelf.await(
                        () -> control.header().heartbeatMillis() != before, "the keeper's round");
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
