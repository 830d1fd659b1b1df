package dev.arrowshelf.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the kernel tells about the file system of an open file (`struct statfs`, 64 bit).
record FileSystemStatus(long type, long capacityBytes, long freeBytes) {
    static final long STATFS_BYTES = 120;

    private static final long TMPFS_MAGIC = 0x01021994;

    static FileSystemStatus ofStatfs(MemorySegment statfs) {
        long block = statfs.get(ValueLayout.JAVA_LONG, 8);
        long blocks = statfs.get(ValueLayout.JAVA_LONG, 16);
        long available = statfs.get(ValueLayout.JAVA_LONG, 32);
        // a tmpfs mounted with size=0 has no limit and says 0 blocks
        return new FileSystemStatus(
                statfs.get(ValueLayout.JAVA_LONG, 0),
                blocks == 0 ? Long.MAX_VALUE : blocks * block,
                blocks == 0 ? Long.MAX_VALUE : available * block);
    }

    boolean isTmpfs() {
        return type == TMPFS_MAGIC;
    }
}
