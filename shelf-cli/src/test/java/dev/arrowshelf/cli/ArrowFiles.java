package dev.arrowshelf.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;

/// Arrow files for the tests of commands: columns `id` (0, 1, ...) and `name` ("row 0", ...), in
/// batches.
final class ArrowFiles {
    private ArrowFiles() {}

    /// Writes a file.
    static Path write(Path file, int rows, int rowsPerBatch) {
        try {
            return Files.write(file, bytes(rows, rowsPerBatch, true));
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    /// Returns the same as a stream.
    static byte[] stream(int rows) {
        return bytes(rows, rows, false);
    }

    /// Returns the ids in a file.
    static List<Long> ids(Path file) throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                var channel = Files.newByteChannel(file);
                ArrowFileReader reader = new ArrowFileReader(channel, allocator)) {
            return ids(reader);
        }
    }

    /// Returns the ids of a reader.
    static List<Long> ids(ArrowReader reader) throws IOException {
        List<Long> ids = new java.util.ArrayList<>();
        while (reader.loadNextBatch()) {
            VectorSchemaRoot batch = reader.getVectorSchemaRoot();
            BigIntVector vector = (BigIntVector) batch.getVector("id");
            for (int row = 0; row < batch.getRowCount(); row++) {
                ids.add(vector.get(row));
            }
        }
        return ids;
    }

    private static byte[] bytes(int rows, int rowsPerBatch, boolean file) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                BigIntVector ids = new BigIntVector("id", allocator);
                VarCharVector names = new VarCharVector("name", allocator);
                VectorSchemaRoot batch = VectorSchemaRoot.of(ids, names);
                ArrowWriter writer =
                        file
                                ? new ArrowFileWriter(batch, null, Channels.newChannel(bytes))
                                : new ArrowStreamWriter(batch, null, bytes)) {
            writer.start();
            for (int begin = 0; begin < rows; begin += rowsPerBatch) {
                int count = Math.min(rowsPerBatch, rows - begin);
                batch.allocateNew();
                for (int row = 0; row < count; row++) {
                    ids.setSafe(row, begin + row);
                    names.setSafe(row, ("row " + (begin + row)).getBytes(StandardCharsets.UTF_8));
                }
                batch.setRowCount(count);
                writer.writeBatch();
            }
            writer.end();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
        return bytes.toByteArray();
    }
}
