package dev.arrowshelf.cli.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What processes have mapped of a shelf, as the kernel counts it in `/proc/<pid>/smaps`: the
/// proportional share (PSS) divides each page by the number of processes that map it, so the sum
/// over all of them is what really lies in memory.
final class MappedMemory {
    private MappedMemory() {}

    /// Returns the proportional share, in bytes, of one process in the segments below a directory.
    static long proportionalBytes(long pid, Path segments) throws IOException {
        String prefix = segments + "/";
        long kibibytes = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps"))) {
            if (isMappingLine(line)) {
                ours = line.contains(prefix);
            } else if (ours && line.startsWith("Pss:")) {
                kibibytes +=
                        Long.parseLong(
                                line.substring("Pss:".length(), line.lastIndexOf("kB")).strip());
            }
        }
        return kibibytes << 10;
    }

    /// Attributes are `Name: value`; a mapping begins with its addresses in lower-case hexadecimal.
    private static boolean isMappingLine(String line) {
        int dash = line.indexOf('-');
        int space = line.indexOf(' ');
        return dash > 0
                && dash < space
                && Character.digit(line.charAt(0), 16) >= 0
                && line.charAt(space - 1) != ':';
    }
}
