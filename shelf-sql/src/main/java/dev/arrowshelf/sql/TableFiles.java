package dev.arrowshelf.sql;

import dev.arrowshelf.sql.model.SqlOptions;
import dev.arrowshelf.sql.model.SqlRequest;
import dev.arrowshelf.sql.tables.TableSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.arrow.vector.ipc.ArrowReader;

/// Parquet, CSV and JSON files as tables and tables as such files: read and written in pieces by
/// DuckDB, in an instance of its own that can reach this one file and nothing else.
///
/// One thread at a time, except for [#percent()]. Owns the instance until [#close()].
public final class TableFiles implements AutoCloseable {
    private final SqlEngine engine;
    private final SqlResult rows;

    private TableFiles(SqlEngine engine, SqlRequest request) {
        this.engine = engine;
        try {
            this.rows = engine.query(request);
        } catch (Throwable failure) {
            engine.close();
            throw failure;
        }
    }

    /// Begins to read a file. Errors: `INVALID_SQL` when it cannot be read as this format.
    public static TableFiles read(Path file, FileFormat format, SqlOptions options) {
        Path whole = file.toAbsolutePath();
        SqlEngine engine = SqlEngine.overFile(TableSource.none(), options, whole);
        return new TableFiles(engine, SqlRequest.of(format.select(whole)));
    }

    /// Writes the rows of a statement that reads to a file, which has its name when it is whole; a
    /// file of that name is replaced.
    ///
    /// @param tables what the statement may name
    /// @param running takes this when the work begins, for its progress
    public static void write(
            TableSource tables,
            String rows,
            Path file,
            FileFormat format,
            SqlOptions options,
            Consumer<TableFiles> running)
            throws IOException {
        write(tables, file, options, running, unfinished -> format.copy(rows, unfinished));
    }

    /// The same for a Parquet file with entries of its metadata.
    ///
    /// @param codec none, lz4 or zstd
    public static void writeParquet(
            TableSource tables,
            String rows,
            Path file,
            String codec,
            Map<String, String> metadata,
            SqlOptions options)
            throws IOException {
        String known =
                switch (codec) {
                    case "none" -> "uncompressed";
                    case "lz4" -> "lz4_raw";
                    case "zstd" -> "zstd";
                    default -> throw new IllegalArgumentException("no such codec: name=" + codec);
                };
        write(
                tables,
                file,
                options,
                _ -> {},
                unfinished -> FileFormat.copyParquet(rows, unfinished, known, metadata));
    }

    /// Returns an entry of a Parquet file's metadata; empty when there is none. Error:
    /// `INVALID_SQL` when it is no Parquet file.
    public static Optional<String> parquetMetadata(Path file, String key, SqlOptions options)
            throws IOException {
        Path whole = file.toAbsolutePath();
        SqlEngine engine = SqlEngine.overFile(TableSource.none(), options, whole);
        try (TableFiles found =
                        new TableFiles(
                                engine, SqlRequest.of(FileFormat.selectMetadata(whole, key)));
                ArrowReader reader = found.reader()) {
            while (reader.loadNextBatch()) {
                if (reader.getVectorSchemaRoot().getRowCount() > 0) {
                    Object text = reader.getVectorSchemaRoot().getVector(0).getObject(0);
                    return Optional.ofNullable(text).map(Object::toString);
                }
            }
            return Optional.empty();
        }
    }

    private static void write(
            TableSource tables,
            Path file,
            SqlOptions options,
            Consumer<TableFiles> running,
            Function<Path, String> statement)
            throws IOException {
        Path whole = file.toAbsolutePath();
        Path unfinished =
                whole.resolveSibling(
                        "." + whole.getFileName() + "." + ProcessHandle.current().pid() + ".tmp");
        try (TableFiles copy =
                new TableFiles(
                        SqlEngine.overFile(tables, options, unfinished),
                        SqlRequest.of(statement.apply(unfinished)))) {
            running.accept(copy);
            ArrowReader count = copy.reader();
            while (count.loadNextBatch()) {
                // the number of rows, which is not wanted
            }
            Files.move(unfinished, whole, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /// Returns the rows; there is one reader.
    public ArrowReader reader() {
        return rows.reader();
    }

    /// Returns how far the work is, in percent; negative when that is not known.
    public double percent() {
        return rows.percent();
    }

    @Override
    public void close() {
        try (engine) {
            rows.close();
        }
    }
}
