package dev.arrowshelf.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HostMemoryTest {
    @TempDir private Path root;

    @Test
    void readsThisHost() {
        assertThat(HostMemory.totalBytes()).isGreaterThan(64L << 20);
        assertThat(HostMemory.availableBytes())
                .isPositive()
                .isLessThanOrEqualTo(HostMemory.totalBytes());
        assertThat(HostMemory.cgroupLimitBytes()).isPositive();
        assertThat(HostMemory.maxMapCount()).isGreaterThanOrEqualTo(1000);
    }

    @Test
    void takesTheLeastLimitOfTheControlGroupsAbove() throws IOException {
        write("proc/self/cgroup", "0::/a/b\n");
        write("sys/fs/cgroup/memory.max", "max\n");
        write("sys/fs/cgroup/a/memory.max", "1073741824\n");
        write("sys/fs/cgroup/a/b/memory.max", "max\n");
        assertThat(new HostMemory(root).cgroupLimit()).isEqualTo(1L << 30);
    }

    @Test
    void takesTheLimitAtTheMountInsideAContainer() throws IOException {
        write("proc/self/cgroup", "0::/../../outside\n");
        write("sys/fs/cgroup/memory.max", "268435456\n");
        assertThat(new HostMemory(root).cgroupLimit()).isEqualTo(256L << 20);
    }

    @Test
    void readsControlGroupsOfVersionOne() throws IOException {
        write("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/1\n1:name=systemd:/\n");
        write("sys/fs/cgroup/memory/docker/1/memory.limit_in_bytes", "536870912\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertThat(new HostMemory(root).cgroupLimit()).isEqualTo(512L << 20);
    }

    @Test
    void findsNoLimitWhereThereIsNone() {
        HostMemory nothing = new HostMemory(root);
        assertThat(nothing.cgroupLimit()).isEqualTo(Long.MAX_VALUE);
        assertThat(nothing.meminfo("MemTotal:")).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void readsKilobytes() throws IOException {
        write("proc/meminfo", "MemTotal:       16000000 kB\nMemAvailable:    8000000 kB\n");
        assertThat(new HostMemory(root).meminfo("MemAvailable:")).isEqualTo(8_000_000L * 1024);
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
