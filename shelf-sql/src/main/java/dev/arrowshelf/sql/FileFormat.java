package dev.arrowshelf.sql;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Formats of files that DuckDB reads and writes, by the ends of their names.
public enum FileFormat {
    PARQUET("read_parquet", "FORMAT parquet, COMPRESSION zstd", ".parquet", ".pq"),
    CSV("read_csv", "FORMAT csv, HEADER true", ".csv", ".csv"),
    /// One array of objects.
    JSON("read_json", "FORMAT json, ARRAY true", ".json", ".json"),
    /// An object a line.
    JSON_LINES("read_json", "FORMAT json", ".jsonl", ".ndjson");

    private final String reader;
    private final String copyOptions;
    private final String end;
    private final String otherEnd;

    FileFormat(String reader, String copyOptions, String end, String otherEnd) {
        this.reader = reader;
        this.copyOptions = copyOptions;
        this.end = end;
        this.otherEnd = otherEnd;
    }

    /// Returns the format that a file's name tells; empty when it is none of these.
    public static Optional<FileFormat> of(Path file) {
        Path last = file.getFileName();
        String name = last == null ? "" : last.toString().toLowerCase(Locale.ROOT);
        for (FileFormat format : values()) {
            if (name.endsWith(format.end) || name.endsWith(format.otherEnd)) {
                return Optional.of(format);
            }
        }
        return Optional.empty();
    }

    /// Returns the statement that reads a file.
    String select(Path file) {
        return "SELECT * FROM " + reader + '(' + literal(file) + ')';
    }

    /// Returns the statement that writes rows to a file.
    String copy(String rows, Path file) {
        return "COPY ("
                + rows
                + ") TO "
                + literal(file)
                + " ("
                + copyOptions
                + ", USE_TMP_FILE false)";
    }

    /// Returns the statement that writes rows to a Parquet file.
    static String copyParquet(String rows, Path file, String codec, Map<String, String> metadata) {
        String entries =
                metadata.entrySet().stream()
                        .map(entry -> literal(entry.getKey()) + ": " + literal(entry.getValue()))
                        .collect(Collectors.joining(", "));
        return "COPY ("
                + rows
                + ") TO "
                + literal(file)
                + " (FORMAT parquet, COMPRESSION "
                + codec
                + ", KV_METADATA {"
                + entries
                + "}, USE_TMP_FILE false)";
    }

    /// Returns the statement that reads an entry of a Parquet file's metadata.
    static String selectMetadata(Path file, String key) {
        return "SELECT decode(value) FROM parquet_kv_metadata("
                + literal(file)
                + ") WHERE decode(key) = "
                + literal(key);
    }

    /// Returns a path as SQL writes it.
    static String literal(Path file) {
        return literal(file.toString());
    }

    private static String literal(String text) {
        return '\'' + text.replace("'", "''") + '\'';
    }
}
