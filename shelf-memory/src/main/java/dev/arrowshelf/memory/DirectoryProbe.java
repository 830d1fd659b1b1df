package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Tries out what a directory's file system offers, instead of believing its name.
///
/// Overlay file systems grant write leases on mapped files, for example: there leases must be off.
public final class DirectoryProbe {
    private DirectoryProbe() {}

    /// Probes with a file of its own in the directory (a shelf's `tmp/`), which is gone afterwards.
    public static DirectoryFeatures probe(Path directory) throws IOException {
        Path path =
                directory.resolve(
                        "probe-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        try (FileHandle file = FileHandle.create(path, 0600)) {
            file.truncate(HugePages.pageBytes());
            file.allocate(0, NativeAccess.pageBytes());
            FileStatus.FileSystem system = file.fileSystemStatus();
            boolean collapse = system.isTmpfs() && !hugeByMount(file) && collapses(file);
            return new DirectoryFeatures(
                    system.isTmpfs(),
                    leases(file),
                    collapse,
                    populates(file),
                    system.capacityBytes());
        } finally {
            Files.deleteIfExists(path);
        }
    }

    /// Free bytes of the directory's file system.
    public static long freeBytes(Path directory) throws IOException {
        Path real = directory.toRealPath();
        int descriptor = NativeAccess.open(real, NativeAccess.O_RDONLY, 0);
        try {
            return NativeAccess.fileSystemStatus(descriptor, real).freeBytes();
        } finally {
            NativeAccess.close(descriptor);
        }
    }

    /// A lease must be refused while a mapping lives whose descriptor is closed, and granted when
    /// it is gone.
    private static boolean leases(FileHandle file) throws IOException {
        LeaseAnswer mapped;
        try (Region _ = Region.mapReadOnly(file.path())) {
            mapped = file.tryWriteLease();
        }
        return mapped == LeaseAnswer.IN_USE && file.tryWriteLease() == LeaseAnswer.GRANTED;
    }

    private static boolean populates(FileHandle file) throws IOException {
        try (Region region = Region.mapWritable(file, file.size())) {
            return NativeAccess.advise(
                            region.address(),
                            NativeAccess.pageBytes(),
                            NativeAccess.MADV_POPULATE_WRITE)
                    == 0;
        }
    }

    private static boolean collapses(FileHandle file) throws IOException {
        try (Region region = Region.mapWritable(file, file.size())) {
            return HugePages.collapse(region, 0, region.byteSize()) == region.byteSize();
        }
    }

    /// Whether the mount makes huge pages by itself (`huge=always` or `within_size`): asking for
    /// them is work for nothing.
    private static boolean hugeByMount(FileHandle file) throws IOException {
        FileStatus status = file.status();
        String device = status.deviceMajor() + ":" + status.deviceMinor();
        for (String line : mounts()) {
            String[] words = line.split(" ", -1);
            if (words.length > 3 && words[2].equals(device)) {
                String options = words[words.length - 1];
                return options.contains("huge=always") || options.contains("huge=within_size");
            }
        }
        return false;
    }

    private static List<String> mounts() {
        try {
            return Files.readAllLines(Path.of("/proc/self/mountinfo"));
        } catch (IOException _) { // then the answer is what the kernel's default says
            return List.of();
        }
    }
}
