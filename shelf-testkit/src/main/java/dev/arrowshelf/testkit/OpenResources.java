package dev.arrowshelf.testkit;

import dev.arrowshelf.memory.MappingBudget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What this process holds of a directory, as the kernel sees it.
///
/// @param mappings lines of `/proc/self/maps` that name a file of it
/// @param descriptors targets of `/proc/self/fd` that do
/// @param counted mappings that the process-wide count knows, of any directory
public record OpenResources(List<String> mappings, List<String> descriptors, long counted) {
    /// Copies the lists.
    public OpenResources {
        mappings = List.copyOf(mappings);
        descriptors = List.copyOf(descriptors);
    }

    /// Looks at what this process holds now.
    public static OpenResources of(Path directory) {
        try {
            List<String> mappings = new ArrayList<>();
            for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
                if (line.contains(directory.toString())) {
                    mappings.add(line);
                }
            }
            return new OpenResources(
                    mappings, descriptors(directory), MappingBudget.process().used());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Returns the file that an address is mapped to in this process; empty when to none.
    public static String fileAt(long address) {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
                String[] parts = line.split("\\s+", 6);
                String[] range = parts[0].split("-", 2);
                if (Long.compareUnsigned(address, Long.parseUnsignedLong(range[0], 16)) >= 0
                        && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16))
                                < 0) {
                    return parts.length < 6 ? "" : parts[5];
                }
            }
            return "";
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static List<String> descriptors(Path directory) throws IOException {
        List<String> targets = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith(directory.toString())) {
                        targets.add(target);
                    }
                } catch (NoSuchFileException _) {
                    // closed meanwhile: it was the one that lists them
                }
            }
        }
        return targets;
    }
}
