package dev.arrowshelf.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the kernel tells about an open file (`struct statx`, whose layout is the same on every
/// processor).
///
/// @param blocks allocated units of 512 bytes
record FileStatus(
        int mode, int user, int links, long bytes, long blocks, int deviceMajor, int deviceMinor) {
    static final long STATX_BYTES = 256;

    private static final int TYPE_MASK = 0xf000;
    private static final int REGULAR = 0x8000;
    private static final long BLOCK_BYTES = 512;

    static FileStatus ofStatx(MemorySegment statx) {
        return new FileStatus(
                Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, 28)),
                statx.get(ValueLayout.JAVA_INT, 20),
                statx.get(ValueLayout.JAVA_INT, 16),
                statx.get(ValueLayout.JAVA_LONG, 40),
                statx.get(ValueLayout.JAVA_LONG, 48),
                statx.get(ValueLayout.JAVA_INT, 136),
                statx.get(ValueLayout.JAVA_INT, 140));
    }

    boolean isRegular() {
        return (mode & TYPE_MASK) == REGULAR;
    }

    long allocatedBytes() {
        return blocks * BLOCK_BYTES;
    }

    /// What the kernel tells about the file system of an open file (`struct statfs`, 64 bit).
    record FileSystem(long type, long capacityBytes, long freeBytes) {
        static final long STATFS_BYTES = 120;

        private static final long TMPFS_MAGIC = 0x01021994;

        static FileSystem ofStatfs(MemorySegment statfs) {
            long block = statfs.get(ValueLayout.JAVA_LONG, 8);
            long blocks = statfs.get(ValueLayout.JAVA_LONG, 16);
            long available = statfs.get(ValueLayout.JAVA_LONG, 32);
            // a tmpfs mounted with size=0 has no limit and says 0 blocks
            return new FileSystem(
                    statfs.get(ValueLayout.JAVA_LONG, 0),
                    blocks == 0 ? Long.MAX_VALUE : blocks * block,
                    blocks == 0 ? Long.MAX_VALUE : available * block);
        }

        boolean isTmpfs() {
            return type == TMPFS_MAGIC;
        }
    }
}
