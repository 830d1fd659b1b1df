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
}
