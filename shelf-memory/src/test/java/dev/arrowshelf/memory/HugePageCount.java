package dev.arrowshelf.memory;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many bytes of a mapping are in huge pages, as the kernel sees it.
public final class HugePageCount {
    private HugePageCount() {}

    /// Touches every huge page of the region first, since only mapped pages are counted.
    public static long of(Region region) throws IOException {
        long sum = 0;
        for (long at = 0; at < region.byteSize(); at += HugePages.pageBytes()) {
            sum += region.segment().get(ValueLayout.JAVA_BYTE, at);
        }
        String begin = Long.toHexString(region.address()) + "-";
        boolean inside = sum == Long.MIN_VALUE;
        for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
            inside = line.startsWith(begin) || (inside && !line.matches("[0-9a-f]+-[0-9a-f]+ .*"));
            if (inside && line.startsWith("ShmemPmdMapped:")) {
                return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        throw new IllegalStateException("region is not mapped: address=" + begin);
    }
}
