package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DirectoryProbeTest {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void findsWhatSharedMemoryOffersAndLeavesNothing() throws IOException {
        DirectoryFeatures features = DirectoryProbe.probe(directory);
        assertThat(features.tmpfs()).isTrue();
        assertThat(features.leases()).isTrue();
        assertThat(features.capacityBytes())
                .isEqualTo(Files.getFileStore(directory).getTotalSpace());
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void tellsADiskFromMemory(@TempDir Path disk) throws IOException {
        boolean memory = Files.getFileStore(disk).type().equals("tmpfs");
        assertThat(DirectoryProbe.probe(disk).tmpfs()).isEqualTo(memory);
        assertThat(disk).isEmptyDirectory();
    }

    @Test
    void saysHowMuchIsFree() throws IOException {
        long free = DirectoryProbe.freeBytes(directory);
        assertThat(free)
                .isPositive()
                .isLessThanOrEqualTo(Files.getFileStore(directory).getTotalSpace());
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory);
        assertThat(DirectoryProbe.freeBytes(link)).isPositive();
    }

    @Test
    void needsADirectory() {
        assertThatThrownBy(() -> DirectoryProbe.probe(directory.resolve("none")))
                .isInstanceOf(NoSuchFileException.class);
    }
}
