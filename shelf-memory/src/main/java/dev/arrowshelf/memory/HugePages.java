package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Objects;

/// Turns the pages of a mapped file into huge ones, and makes new pages huge from the start.
///
/// Everything here is best effort: where the kernel or the file system has no huge pages the bytes
/// are the same and only speed is lost. Stateless and thread-safe; a step is one huge page.
public final class HugePages {
    private static final long PAGE_BYTES = readPageBytes();

    // one call for several pages: each call drains page lists on every processor
    private static final long RUN_BYTES = Math.max(PAGE_BYTES, 32L << 20);

    // A call waits until every processor has emptied its page lists. On a busy machine that takes
    // as long as a time slice, and
    // faulting the pages in one by one is faster.
    private static final long SLOW_NANOS_PER_BYTE = 2;

    private HugePages() {}

    /// Decides, between two steps, whether to go on; it may pause before it answers.
    @FunctionalInterface
    public interface Pacing {
        boolean next();
    }

    /// The size of a huge page of this machine.
    public static long pageBytes() {
        return PAGE_BYTES;
    }

    /// Collapses the whole huge pages inside a range of a region, one step after the other.
    ///
    /// A step that finds its pages busy is tried once more at the end. Returns how many bytes are
    /// in huge pages now.
    public static long collapse(Region region, long from, long bytes, Pacing pacing) {
        Objects.checkFromIndexSize(from, bytes, region.byteSize());
        long begin = Math.ceilDiv(from, PAGE_BYTES) * PAGE_BYTES;
        long end = (from + bytes) & -PAGE_BYTES;
        long done = 0;
        BitSet busy = new BitSet();
        for (long at = begin; at < end; at += PAGE_BYTES) {
            if (!pacing.next()) {
                return done;
            }
            int errno =
                    NativeAccess.advise(
                            region.address() + at, PAGE_BYTES, NativeAccess.MADV_COLLAPSE);
            if (errno == 0) {
                done += PAGE_BYTES;
            } else if (errno == Errno.EAGAIN) {
                busy.set(Math.toIntExact(at / PAGE_BYTES));
            } else if (errno == Errno.EINVAL) {
                return done; // this kernel or file system cannot
            }
        }
        for (int page = busy.nextSetBit(0);
                page >= 0 && pacing.next();
                page = busy.nextSetBit(page + 1)) {
            if (NativeAccess.advise(
                            region.address() + page * PAGE_BYTES,
                            PAGE_BYTES,
                            NativeAccess.MADV_COLLAPSE)
                    == 0) {
                done += PAGE_BYTES;
            }
        }
        return done;
    }

    /// Makes the pages of a range exist; returns whether huge ones are worth trying in the next
    /// range: they can be had, and this machine is not too busy for them.
    ///
    /// One small page in each huge one is enough for the kernel to collapse it: it clears the rest
    /// at once, several times as fast as page by page. The small one comes first because it fails
    /// with an error, not a signal, when there is no room.
    static boolean populate(
            long address, long offset, long bytes, boolean collapse, boolean patient)
            throws IOException {
        boolean collapses = collapse;
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
                collapses = populateHuge(address, at, next - at) || patient;
            } else {
                populatePages(address, at, next - at);
            }
            at = next;
        }
        return collapses;
    }

    private static boolean populateHuge(long address, long offset, long bytes) throws IOException {
        long began = System.nanoTime();
        for (long at = offset; at < offset + bytes; at += PAGE_BYTES) {
            populatePages(address, at, 1);
        }
        int errno = NativeAccess.advise(address + offset, bytes, NativeAccess.MADV_COLLAPSE);
        if (errno != 0) {
            populatePages(address, offset, bytes);
        }
        return errno != Errno.EINVAL && System.nanoTime() - began < bytes * SLOW_NANOS_PER_BYTE;
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
