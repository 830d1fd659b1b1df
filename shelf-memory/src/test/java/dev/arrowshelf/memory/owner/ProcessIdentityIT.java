package dev.arrowshelf.memory.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.ChildProcess;
import dev.arrowshelf.memory.ShmDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcessIdentityIT {
    /// Holds the lock of a directory until its standard input ends.
    static final class LockHolder {
        private LockHolder() {}

        public static void main(String[] arguments) throws IOException {
            try (OwnerLock lock = OwnerLock.acquire(Path.of(arguments[0]))) {
                System.out.println(lock.owner().pid() + " " + lock.owner().startTime());
                System.in.readAllBytes();
            }
        }
    }

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void knowsItselfAndToldApartFromLaterProcesses() throws IOException {
        ProcessIdentity self = ProcessIdentity.self();
        assertThat(self.isAlive()).isTrue();
        assertThat(new ProcessIdentity(self.pid(), self.startTime() + 1).isAlive()).isFalse();
        assertThat(new ProcessIdentity(0, 0).isAlive()).isFalse();
        assertThatThrownBy(() -> new ProcessIdentity(-1, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theLockOfAKilledOwnerIsFreeAtOnce() throws IOException, InterruptedException {
        try (ChildProcess holder =
                ChildProcess.java(List.of(), LockHolder.class, directory.toString())) {
            String[] words = holder.readLine().split(" ", -1);
            ProcessIdentity owner =
                    new ProcessIdentity(Long.parseLong(words[0]), Long.parseLong(words[1]));
            assertThat(owner.isAlive()).isTrue();
            assertThatThrownBy(() -> OwnerLock.acquire(directory))
                    .isInstanceOf(ShelfOwnedException.class)
                    .satisfies(failure ->
                            assertThat(((ShelfOwnedException) failure).ownerPid())
                                    .isEqualTo(owner.pid()));
            holder.kill();
            assertThat(owner.isAlive()).isFalse();
            try (OwnerLock lock = OwnerLock.acquire(directory)) {
                assertThat(lock.owner()).isEqualTo(ProcessIdentity.self());
            }
        }
    }
}
