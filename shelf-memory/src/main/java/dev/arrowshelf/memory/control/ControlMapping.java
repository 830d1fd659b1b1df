package dev.arrowshelf.memory.control;

import dev.arrowshelf.memory.ForeignFileException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/// A control file mapped for reading, by way of java.nio: linking the first system call of this
/// room takes longer than all the rest of a command that only looks something up.
///
/// Any thread may read. The mapping owns its arena; [#block] ends with [#close].
final class ControlMapping implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final AtomicBoolean open = new AtomicBoolean(true);
    private final MemorySegment block;

    private ControlMapping(Path path) throws IOException {
        try (FileChannel file =
                FileChannel.open(
                        path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            long bytes = file.size();
            if (bytes == 0) {
                throw new ForeignFileException("file is empty", path, "");
            }
            block = file.map(MapMode.READ_ONLY, 0, bytes, arena);
        } catch (Throwable failure) {
            arena.close();
            throw failure;
        }
    }

    /// Maps all of a file.
    ///
    /// @throws java.nio.file.NoSuchFileException when there is none
    /// @throws ForeignFileException when it is not a regular file of this user
    static ControlMapping open(Path path) throws IOException {
        // Looked at before it is opened: opening a pipe would wait for its writer. Only this user
        // can put another file there meanwhile.
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
            if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                throw new NoSuchFileException(path.toString());
            }
            throw new ForeignFileException("not a regular file", path, "");
        }
        Object user = Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
        Object ours = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!Objects.equals(user, ours)) {
            throw new ForeignFileException(
                    "file belongs to another user", path, "uid=" + user + ", ours=" + ours);
        }
        return new ControlMapping(path);
    }

    /// The mapped bytes, read-only.
    MemorySegment block() {
        return block;
    }

    /// Ends the mapping; the second call does nothing.
    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            arena.close();
        }
    }
}
