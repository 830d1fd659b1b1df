package dev.arrowshelf.cli.rows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/// Writes the rows of a reader in an Arrow IPC format. For one thread; others may ask
/// [#writtenBytes].
public final class ArrowOutput {
    private final AtomicLong writtenBytes = new AtomicLong();

    /// Returns how many bytes were written so far.
    public long writtenBytes() {
        return writtenBytes.get();
    }

    /// Writes an Arrow file. It has its name when it is whole, not before; a file of that name is
    /// replaced. A device or pipe of that name is written to directly.
    public void writeFile(ArrowReader reader, Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                writeFile(reader, channel);
            }
            return;
        }
        Path unfinished =
                file.resolveSibling(
                        "." + file.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try {
            try (FileChannel channel =
                    FileChannel.open(
                            unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeFile(reader, channel);
            }
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /// Writes an Arrow stream. The channel stays open.
    public void writeStream(ArrowReader reader, WritableByteChannel channel) throws IOException {
        try (ArrowStreamWriter writer =
                new ArrowStreamWriter(
                        reader.getVectorSchemaRoot(), reader, new Counting(channel))) {
            writer.start();
            while (reader.loadNextBatch()) {
                writer.writeBatch();
            }
            writer.end();
        }
    }

    private void writeFile(ArrowReader reader, WritableByteChannel channel) throws IOException {
        try (FirstDictionaries first = new FirstDictionaries(reader);
                ArrowFileWriter writer =
                        new ArrowFileWriter(
                                reader.getVectorSchemaRoot(), reader, new Counting(channel))) {
            boolean more = reader.loadNextBatch();
            writer.start();
            while (more) {
                first.requireUnchanged();
                writer.writeBatch();
                more = reader.loadNextBatch();
            }
            writer.end();
        }
    }

    /// Counts what passes. Closing it leaves the channel behind it open: that one belongs to the
    /// caller.
    private final class Counting implements WritableByteChannel {
        private final WritableByteChannel channel;

        Counting(WritableByteChannel channel) {
            this.channel = channel;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = channel.write(source);
            writtenBytes.addAndGet(count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() {}
    }
}
