package dev.arrowshelf.store.space;

import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.memory.HostMemory;
import java.util.Optional;

/// How many bytes a shelf may take, and which of the bounds decided it.
///
/// @param bytes the limit
/// @param reason the bound that is the least, in plain words
public record MemoryLimit(long bytes, String reason) {
    private static final long RESERVE_BYTES = 64L << 20;

    /// Checks the limit.
    public MemoryLimit {
        if (bytes < 0) {
            throw new IllegalArgumentException("memory limit is negative: bytes=" + bytes);
        }
    }

    /// The least of: the option (by default half of the file system, never more than half of the
    /// RAM), the file system's size, and what the control group leaves beside this process's heap
    /// and a reserve. Beyond the last the kernel ends processes instead of refusing.
    public static MemoryLimit of(Optional<ByteSize> option, long capacityBytes) {
        return of(
                option,
                capacityBytes,
                HostMemory.totalBytes(),
                HostMemory.cgroupLimitBytes(),
                Runtime.getRuntime().maxMemory());
    }

    static MemoryLimit of(
            Optional<ByteSize> option, long capacity, long ram, long cgroup, long heap) {
        MemoryLimit limit =
                option.map(size -> new MemoryLimit(size.bytes(), "option"))
                        .orElseGet(() ->
                                new MemoryLimit(capacity / 2, "half of the file system")
                                        .least(ram / 2, "half of the RAM"));
        return limit.least(capacity, "size of the file system")
                .least(
                        cgroup == Long.MAX_VALUE
                                ? Long.MAX_VALUE
                                : Math.max(0, cgroup - heap - RESERVE_BYTES),
                        "control group's limit less heap and reserve");
    }

    private MemoryLimit least(long other, String otherReason) {
        return other < bytes ? new MemoryLimit(other, otherReason) : this;
    }
}
