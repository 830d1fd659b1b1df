package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Turns the pages of a mapped file into huge ones, and makes new pages huge from the start.
///
/// Everything here is best effort: where the kernel or the file system has no huge pages the bytes
/// are the same and only speed is lost. Stateless and thread-safe.
public final class HugePages {
    private static final long PAGE_BYTES = readPageBytes();

    // one call for several pages: each call drains page lists on every processor
    private static final long RUN_BYTES = Math.max(PAGE_BYTES, 32L << 20);

    private HugePages() {}

    /// The size of a huge page of this machine.
    public static long pageBytes() {
        return PAGE_BYTES;
    }

    /// Collapses the whole huge pages inside a range of a region, in one call to the kernel, and
    /// once more one by one when some were busy.
    ///
    /// Returns how many bytes are in huge pages now.
    public static long collapse(Region region, long from, long bytes) {
        Objects.checkFromIndexSize(from, bytes, region.byteSize());
        long begin = Math.ceilDiv(from, PAGE_BYTES) * PAGE_BYTES;
        long end = (from + bytes) & -PAGE_BYTES;
        if (begin >= end) {
            return 0;
        }
        int errno = collapse(region.address() + begin, end - begin);
        if (errno == 0) {
            return end - begin;
        }
        long done = 0;
        for (long at = begin; at < end && errno != Errno.EINVAL; at += PAGE_BYTES) {
            errno = collapse(region.address() + at, PAGE_BYTES);
            done += errno == 0 ? PAGE_BYTES : 0;
        }
        return done;
    }

    /// Makes the pages of a range exist, huge ones as far as they are to be had.
    ///
    /// One small page in each huge one is enough for the kernel to collapse it: it clears the rest
    /// at once, several times as fast as page by page. The small one comes first because it fails
    /// with an error, not a signal, when there is no room.
    static void populate(long address, long offset, long bytes) throws IOException {
        boolean collapses = true;
        long end = offset + bytes;
        long lastWhole = end & -PAGE_BYTES;
        long at = offset;
        while (at < end) {
            boolean whole = collapses && at % PAGE_BYTES == 0 && at < lastWhole;
            long next =
                    whole
                            ? Math.min(lastWhole, at + RUN_BYTES)
                            : Math.min(end, (at & -PAGE_BYTES) + PAGE_BYTES);
            if (whole) {
                collapses = populateHuge(address, at, next - at);
            } else {
                populatePages(address, at, next - at);
            }
            at = next;
        }
    }

    /// Returns whether this kernel and file system have huge pages at all.
    private static boolean populateHuge(long address, long offset, long bytes) throws IOException {
        for (long at = offset; at < offset + bytes; at += PAGE_BYTES) {
            populatePages(address, at, 1);
        }
        int errno = collapse(address + offset, bytes);
        if (errno != 0) {
            populatePages(address, offset, bytes);
        }
        return errno != Errno.EINVAL;
    }

    private static int collapse(long address, long bytes) {
        return NativeAccess.advise(address, bytes, NativeAccess.MADV_COLLAPSE);
    }

    private static void populatePages(long address, long offset, long bytes) throws IOException {
        long start = offset & -NativeAccess.pageBytes();
        long page = NativeAccess.pageBytes();
        long length = (offset + bytes - start + page - 1) & -page;
        int errno = NativeAccess.advise(address + start, length, NativeAccess.MADV_POPULATE_WRITE);
        if (errno == Errno.EFAULT) { // what would have been a SIGBUS
            throw new NoSpaceException(
                    "madvise found no room: advice=MADV_POPULATE_WRITE, errno=EFAULT, offset=%d, bytes=%d"
                            .formatted(offset, bytes));
        }
        if (errno != 0) {
            throw NativeAccess.failure(
                    "madvise", errno, "advice=MADV_POPULATE_WRITE, bytes=" + bytes);
        }
    }

    private static long readPageBytes() {
        try {
            String text =
                    Files.readString(Path.of("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"));
            return Long.parseLong(text.strip());
        } catch (IOException | NumberFormatException _) { // a kernel without them
            return 2L << 20;
        }
    }
}
