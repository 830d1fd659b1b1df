package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What this host and its control group allow: memory and mappings, read from `/proc` and `/sys`.
///
/// Each method reads anew; where a file is missing the answer is "no limit" ([Long#MAX_VALUE]) or
/// the kernel's default.
public final class HostMemory {
    private static final long DEFAULT_MAX_MAP_COUNT = 65_530;

    private final Path root;

    HostMemory(Path root) {
        this.root = root;
    }

    /// Memory of the host, in bytes.
    public static long totalBytes() {
        return host().meminfo("MemTotal:");
    }

    /// Memory that can be had without swapping, in bytes, as the kernel estimates it.
    public static long availableBytes() {
        return host().meminfo("MemAvailable:");
    }

    /// The least memory limit of the control groups around this process (version 2 or 1), in bytes.
    public static long cgroupLimitBytes() {
        return host().cgroupLimit();
    }

    /// How many mappings the kernel allows one process.
    public static long maxMapCount() {
        return host().number("proc/sys/vm/max_map_count", DEFAULT_MAX_MAP_COUNT);
    }

    private static HostMemory host() {
        return new HostMemory(Path.of("/"));
    }

    long meminfo(String name) {
        for (String line : lines("proc/meminfo")) {
            if (line.startsWith(name)) {
                String[] words = line.substring(name.length()).strip().split(" +", -1);
                return Math.multiplyExact(Long.parseLong(words[0]), 1024L);
            }
        }
        return Long.MAX_VALUE;
    }

    long cgroupLimit() {
        long limit = Long.MAX_VALUE;
        for (String line : lines("proc/self/cgroup")) {
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            if (parts[1].isEmpty()) {
                limit = Math.min(limit, leastOnTheWayUp("sys/fs/cgroup", parts[2], "memory.max"));
            } else if (List.of(parts[1].split(",", -1)).contains("memory")) {
                limit =
                        Math.min(
                                limit,
                                leastOnTheWayUp(
                                        "sys/fs/cgroup/memory", parts[2], "memory.limit_in_bytes"));
            }
        }
        return limit;
    }

    private long leastOnTheWayUp(String mount, String group, String file) {
        long limit = number(mount + "/" + file, Long.MAX_VALUE);
        Path path = Path.of(mount, group);
        while (path != null && path.startsWith(mount)) {
            limit = Math.min(limit, number(path + "/" + file, Long.MAX_VALUE));
            path = path.getParent();
        }
        return limit;
    }

    private long number(String file, long otherwise) {
        List<String> lines = lines(file);
        if (lines.isEmpty()) {
            return otherwise;
        }
        try {
            return Long.parseLong(lines.getFirst().strip());
        } catch (NumberFormatException _) { // "max"
            return otherwise;
        }
    }

    private List<String> lines(String file) {
        try {
            return Files.readAllLines(root.resolve(file));
        } catch (IOException _) { // not this kind of system
            return List.of();
        }
    }
}
