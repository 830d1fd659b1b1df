package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The kernel as reference counter: leases against mappings and descriptors of other processes.
final class LeaseIT {
    private static final String PYTHON_MAPS =
            """
            import ctypes, os, sys
            libc = ctypes.CDLL(None, use_errno=True)
            libc.mmap.restype = ctypes.c_void_p
            libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
            writable = sys.argv[2] == 'writable'
            fd = os.open(sys.argv[1], os.O_RDWR if writable else os.O_RDONLY)
            address = libc.mmap(None, 4096, 3 if writable else 1, 1, fd, 0)
            os.close(fd)
            print('mapped', flush=True)
            sys.stdin.read()
            """;

    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    private Path path = Path.of("");

    @BeforeEach
    void fill() throws IOException {
        path = directory.resolve("segment");
        try (FileHandle file = FileHandle.create(path, 0600)) {
            file.allocate(0, 8192);
        }
    }

    @Test
    void grantsBothWhenNobodyHasTheFile() throws IOException {
        assertThat(ask(true)).isEqualTo(LeaseAnswer.GRANTED);
        assertThat(ask(false)).isEqualTo(LeaseAnswer.GRANTED);
    }

    @Test
    void countsAReaderOfAnotherLanguageUntilItIsKilled() throws IOException, InterruptedException {
        try (ChildProcess reader = ChildProcess.python(PYTHON_MAPS, path.toString(), "readable")) {
            assertThat(reader.readLine()).isEqualTo("mapped");
            assertThat(ask(true)).isEqualTo(LeaseAnswer.IN_USE);
            assertThat(ask(false)).isEqualTo(LeaseAnswer.GRANTED);
            reader.kill();
            assertThat(ask(true)).isEqualTo(LeaseAnswer.GRANTED);
        }
    }

    @Test
    void countsAWriterOfAnotherLanguageUntilItEnds() throws IOException, InterruptedException {
        try (ChildProcess writer = ChildProcess.python(PYTHON_MAPS, path.toString(), "writable")) {
            assertThat(writer.readLine()).isEqualTo("mapped");
            assertThat(ask(true)).isEqualTo(LeaseAnswer.IN_USE);
            assertThat(ask(false)).isEqualTo(LeaseAnswer.IN_USE);
            assertThat(writer.finish()).isZero();
            assertThat(ask(false)).isEqualTo(LeaseAnswer.GRANTED);
        }
    }

    @Test
    void countsARegionOfAnotherJvm() throws IOException, InterruptedException {
        try (ChildProcess reader =
                ChildProcess.java(List.of(), MappingChild.class, path.toString())) {
            assertThat(reader.readLine()).isEqualTo("mapped");
            assertThat(ask(true)).isEqualTo(LeaseAnswer.IN_USE);
            assertThat(reader.finish()).isZero();
            assertThat(ask(true)).isEqualTo(LeaseAnswer.GRANTED);
        }
    }

    @Test
    void countsTheMappingsOfThisProcess() throws IOException {
        try (Region region = Region.mapReadOnly(path)) {
            assertThat(ask(true)).isEqualTo(LeaseAnswer.IN_USE);
            assertThat(region.byteSize()).isEqualTo(8192);
        }
        assertThat(ask(true)).isEqualTo(LeaseAnswer.GRANTED);
    }

    @Test
    void tellsAReaderThatALeaseIsHeld() throws IOException {
        try (ChildProcess holder =
                ChildProcess.python(
                        """
                        import fcntl, os, signal, sys
                        fd = os.open(sys.argv[1], os.O_RDONLY)
                        fcntl.fcntl(fd, 10, signal.SIGURG)
                        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
                        print('held', flush=True)
                        sys.stdin.read()
                        """,
                        path.toString())) {
            assertThat(holder.readLine()).isEqualTo("held");
            assertThatThrownBy(() -> FileHandle.openReadOnly(path))
                    .isInstanceOf(LeasedFileException.class);
        }
    }

    private LeaseAnswer ask(boolean write) throws IOException {
        try (FileHandle file = FileHandle.openReadOnly(path)) {
            return write ? file.tryWriteLease() : file.tryReadLease();
        }
    }
}
