package dev.arrowshelf.store.evict;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Appends puts and uses of tables to a text file: a line each, the name, a space, the bytes. Line
/// ends and `%` in names are written as `%` and two hexadecimal digits.
///
/// Thread-safe. A file that cannot be made is an error; one that cannot be written any more ends
/// the recording, with a warning.
final class TraceRecorder implements AutoCloseable {
    private static final Logger LOG = System.getLogger(TraceRecorder.class.getName());

    /// Uses that were stamped together are that many lines at most.
    private static final long MOST_LINES = 1_000;

    private @Nullable Writer file;

    TraceRecorder(Optional<Path> path) {
        file = path.map(TraceRecorder::open).orElse(null);
    }

    private static Writer open(Path path) {
        try {
            Path folder = path.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            return new BufferedWriter(
                    Files.newBufferedWriter(
                            path,
                            StandardCharsets.UTF_8,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.APPEND));
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "trace cannot be recorded: path=" + path, failure);
        }
    }

    synchronized boolean isOn() {
        return file != null;
    }

    synchronized void add(String name, long bytes, long times) {
        Writer target = file;
        if (target == null) {
            return;
        }
        String line =
                name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
                        + ' '
                        + bytes
                        + '\n';
        try {
            for (long i = 0; i < Math.min(times, MOST_LINES); i++) {
                target.write(line);
            }
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "recording of the trace ends", failure);
            close();
        }
    }

    /// Has the file hold what was added so far, also when this process is killed.
    synchronized void flush() {
        Writer target = file;
        if (target == null) {
            return;
        }
        try {
            target.flush();
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "recording of the trace ends", failure);
            close();
        }
    }

    @Override
    public synchronized void close() {
        Writer target = file;
        file = null;
        if (target == null) {
            return;
        }
        try {
            target.close();
        } catch (IOException failure) {
            LOG.log(Level.WARNING, "trace is not whole", failure);
        }
    }
}
