package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileHandleTest {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @Test
    void writesAndReadsHeapAndNativeMemoryAtAnyOffset() throws IOException {
        byte[] content = new byte[200_000];
        new Random(7).nextBytes(content);
        try (Arena arena = Arena.ofConfined();
                FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.write(MemorySegment.ofArray(content), 13);
            MemorySegment nativeCopy = arena.allocate(content.length);
            assertThat(file.read(nativeCopy, 13)).isEqualTo(content.length);
            assertThat(nativeCopy.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(content);
            file.write(nativeCopy.asSlice(5, 100), 500_000);
            byte[] back = new byte[150];
            assertThat(file.read(MemorySegment.ofArray(back), 500_000)).isEqualTo(100);
            assertThat(back).startsWith(Arrays.copyOfRange(content, 5, 105));
            assertThat(file.size()).isEqualTo(500_100);
        }
    }

    @Test
    void createsNothingOverAnExistingFile() throws IOException {
        Path path = directory.resolve("a");
        FileHandle.create(path, 0600).close();
        assertThatThrownBy(() -> FileHandle.create(path, 0600))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(Files.exists(path)).isTrue();
    }

    @Test
    void tellsThatThereIsNoFile() {
        assertThatThrownBy(() -> FileHandle.openReadOnly(directory.resolve("none")))
                .isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void refusesLinksPipesAndDirectories() throws IOException, InterruptedException {
        Path real = directory.resolve("real");
        FileHandle.create(real, 0600).close();
        Path link = Files.createSymbolicLink(directory.resolve("link"), real);
        Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        assertThatThrownBy(() -> FileHandle.openReadOnly(link))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("symbolic link");
        assertThatThrownBy(() -> FileHandle.openReadOnly(pipe))
                .isInstanceOf(ForeignFileException.class);
        assertThatThrownBy(() -> FileHandle.openReadWrite(pipe))
                .isInstanceOf(ForeignFileException.class);
        assertThatThrownBy(() -> FileHandle.openReadOnly(directory))
                .isInstanceOf(ForeignFileException.class);
    }

    @Test
    void refusesTheFileOfAnotherUser() throws IOException {
        Path foreign = Path.of("/etc/passwd");
        if (NativeAccess.effectiveUser() == 0) {
            foreign = directory.resolve("foreign");
            FileHandle.create(foreign, 0644).close();
            Files.setAttribute(foreign, "unix:uid", 65_534);
        }
        Path path = foreign;
        assertThatThrownBy(() -> FileHandle.openReadOnly(path))
                .isInstanceOf(ForeignFileException.class)
                .hasMessageContaining("another user");
    }

    @Test
    void allocatesZeroesCutsAndCountsPages() throws IOException {
        try (FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            file.truncate(1 << 20);
            assertThat(file.size()).isEqualTo(1 << 20);
            assertThat(file.allocatedBytes()).isZero();
            file.allocate(0, 1 << 20);
            assertThat(file.allocatedBytes()).isEqualTo(1 << 20);
            file.write(MemorySegment.ofArray(new byte[] {1, 2, 3, 4}), 100_000);
            file.zero(99_000, 200_000);
            byte[] back = new byte[4];
            file.read(MemorySegment.ofArray(back), 100_000);
            assertThat(back).containsOnly(0);
            file.truncate(4096);
            assertThat(file.allocatedBytes()).isEqualTo(4096);
            file.allocate(4096, 0);
            assertThat(file.size()).isEqualTo(4096);
        }
    }

    @Test
    void showsModeAndNames() throws IOException {
        Path path = directory.resolve("a");
        try (FileHandle file = FileHandle.create(path, 0600)) {
            assertThat(file.mode()).isEqualTo(0600);
            file.chmod(0400);
            assertThat(file.mode()).isEqualTo(0400);
            assertThat(file.linkCount()).isEqualTo(1);
            Files.createLink(directory.resolve("b"), path);
            assertThat(file.linkCount()).isEqualTo(2);
            assertThat(file.path()).isEqualTo(path);
        }
    }

    @Test
    void refusesUseAfterClose() throws IOException {
        FileHandle file = FileHandle.create(directory.resolve("a"), 0600);
        file.close();
        file.close();
        assertThatThrownBy(file::size)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(file::tryWriteLease).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void locksOutASecondHandle() throws IOException {
        Path path = directory.resolve("a");
        try (FileHandle second = FileHandle.openOrCreate(path, 0600)) {
            try (FileHandle first = FileHandle.openOrCreate(path, 0600)) {
                assertThat(first.tryLock()).isTrue();
                assertThat(second.tryLock()).isFalse();
            }
            assertThat(second.tryLock()).isTrue();
        }
    }

    @Test
    void passesNoDescriptorToChildProcesses() throws IOException, InterruptedException {
        Path path = directory.resolve("not-for-children");
        try (FileHandle ignored = FileHandle.create(path, 0600)) {
            Process child =
                    new ProcessBuilder("sh", "-c", "readlink /proc/self/fd/* /proc/$$/fd/*")
                            .start();
            String open = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            child.waitFor();
            assertThat(open).doesNotContain("not-for-children");
            assertThat(ignored.size()).isZero();
        }
    }

    @Test
    void namesTheFailedCallAndItsError() throws IOException {
        try (FileHandle file = FileHandle.create(directory.resolve("a"), 0600)) {
            assertThatThrownBy(() -> file.truncate(-1))
                    .isInstanceOf(NativeException.class)
                    .hasMessageContaining("ftruncate failed: errno=EINVAL")
                    .satisfies(failure ->
                            assertThat(((NativeException) failure).errno())
                                    .isEqualTo(Errno.EINVAL));
        }
    }
}
