package dev.arrowshelf.memory.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ShmDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnerLockTest {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void tellsTheLoserWhoHoldsIt() throws IOException {
        try (OwnerLock winner = OwnerLock.acquire(directory)) {
            assertThat(winner.owner().isAlive()).isTrue();
            assertThatThrownBy(() -> OwnerLock.acquire(directory))
                    .isInstanceOf(ShelfOwnedException.class)
                    .hasMessageContaining("pid=" + ProcessHandle.current().pid())
                    .hasMessageContaining("directory=" + directory);
        }
    }

    @Test
    void keepsTheShelfIdOverOwners() throws IOException {
        UUID id;
        try (OwnerLock first = OwnerLock.acquire(directory)) {
            id = first.shelfId();
        }
        try (OwnerLock second = OwnerLock.acquire(directory)) {
            assertThat(second.shelfId()).isEqualTo(id);
        }
        assertThat(Files.readAllLines(directory.resolve("owner.lock")))
                .hasSize(2)
                .satisfies(lines ->
                        assertThat(lines.get(0)).startsWith(ProcessHandle.current().pid() + " "))
                .satisfies(lines ->
                        assertThat(lines.get(1)).isEqualTo(id.toString().replace("-", "")));
    }

    @Test
    void makesANewIdWhereTheOldOneCannotBeRead() throws IOException {
        Files.writeString(directory.resolve("owner.lock"), "rubbish\nmore rubbish\n");
        try (OwnerLock lock = OwnerLock.acquire(directory)) {
            assertThat(lock.shelfId()).isNotNull();
        }
    }

    @Test
    void twoShelvesHaveDifferentIds(@TempDir(factory = ShmDirectory.class) Path other)
            throws IOException {
        try (OwnerLock here = OwnerLock.acquire(directory);
                OwnerLock there = OwnerLock.acquire(other)) {
            assertThat(here.shelfId()).isNotEqualTo(there.shelfId());
        }
    }
}
