package dev.arrowshelf.store.directory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Makes what is put last over the end of the machine, where the shelf lies on a disk; on a tmpfs
/// there is nothing to do. A table deleted just before that end may be back. Any thread may use it.
///
/// @param disk whether the directory is on a disk
public record DiskSync(boolean disk) {
    /// Waits until the content of a file, or the names in a directory, are on the disk. What was
    /// written through a mapping is content too.
    public void sync(Path path) throws IOException {
        if (disk) {
            try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
