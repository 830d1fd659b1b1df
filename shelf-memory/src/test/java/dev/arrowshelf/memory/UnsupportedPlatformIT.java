package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a user of another operating system sees.
final class UnsupportedPlatformIT {
    /// Parses a size, which works anywhere, and then opens a file, which does not.
    static final class Main {
        private Main() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println(ByteSize.parse("1MiB").bytes());
            System.out.println(HugePages.pageBytes() > 0);
            try (FileHandle file = FileHandle.create(Path.of(arguments[0]), 0600)) {
                System.out.println(file);
            } catch (UnsupportedPlatformException expected) {
                System.out.println(expected.getMessage());
            }
        }
    }

    @Test
    void failsAtFirstUseWithOneClearError() throws IOException, InterruptedException {
        List<String> flags = List.of("-Dos.name=Windows 11", "-Dos.arch=riscv64");
        try (ChildProcess child = ChildProcess.java(flags, Main.class, "/dev/shm/never-made")) {
            assertThat(child.readLine()).isEqualTo("1048576");
            assertThat(child.readLine()).isEqualTo("true");
            assertThat(child.readLine()).contains("os.name=Windows 11").contains("os.arch=riscv64");
            assertThat(child.finish()).isZero();
        }
    }
}
