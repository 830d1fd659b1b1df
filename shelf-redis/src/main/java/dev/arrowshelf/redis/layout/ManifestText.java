package dev.arrowshelf.redis.layout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Writes and reads the text of a manifest. What is read may be anything.
public final class ManifestText {
    /// What the first line says before the generation.
    public static final String MAGIC = "arrowshelf 1 ";

    private static final String TOMBSTONE = "{\"deleted\":true";
    private static final JsonFactory JSON = new JsonFactory();
    private static final int GENERATION_DIGITS = 16;
    private static final long MOST_VALUE_BYTES = 512L << 20;
    private static final int FIRST_LINE = MAGIC.length() + GENERATION_DIGITS + 1;

    private ManifestText() {}

    /// Returns the text.
    public static byte[] write(Manifest manifest) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeRaw(MAGIC + DataSetKeys.hex(manifest.generation()) + "\n");
            json.writeStartObject();
            json.writeStringField("layout", manifest.layout().text());
            json.writeNumberField("created_ms", manifest.createdMillis());
            json.writeNumberField("rows", manifest.rows());
            json.writeNumberField("bytes", manifest.bytes());
            json.writeStringField("codec", manifest.codec());
            json.writeStringField("column", manifest.splitBy().column());
            json.writeNumberField("width", manifest.splitBy().width());
            json.writeNumberField("batches", manifest.splitBy().batches());
            json.writeArrayFieldStart("head");
            for (ChunkEntry piece : manifest.head()) {
                write(json, piece, false);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("partitions");
            for (PartitionEntry partition : manifest.partitions()) {
                json.writeStartObject();
                json.writeNumberField("part", partition.part());
                json.writeNumberField("rows", partition.rows());
                json.writeArrayFieldStart("chunks");
                for (ChunkEntry chunk : partition.chunks()) {
                    write(json, chunk, true);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, ChunkEntry chunk, boolean withRows)
            throws IOException {
        json.writeStartArray();
        json.writeNumber(chunk.bytes());
        json.writeString(HexFormat.of().toHexDigits(chunk.crc()));
        if (withRows) {
            json.writeNumber(chunk.rows());
        }
        json.writeEndArray();
    }

    /// Returns what stands in place of the manifest of a table that was deleted.
    public static byte[] tombstone(long generation, long createdMillis) {
        String text =
                MAGIC
                        + DataSetKeys.hex(generation)
                        + '\n'
                        + TOMBSTONE
                        + ",\"created_ms\":"
                        + createdMillis
                        + '}';
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /// Returns whether this stands for a table that was deleted.
    public static boolean isTombstone(byte[] text) {
        byte[] begin = TOMBSTONE.getBytes(StandardCharsets.UTF_8);
        return text.length > FIRST_LINE + begin.length
                && Arrays.equals(
                        text, FIRST_LINE, FIRST_LINE + begin.length, begin, 0, begin.length);
    }

    /// Returns the generation that a manifest's first line names.
    public static long generation(byte[] text, String key) {
        String line =
                new String(text, 0, Math.min(text.length, FIRST_LINE), StandardCharsets.UTF_8);
        if (!line.startsWith(MAGIC) || line.length() != FIRST_LINE || !line.endsWith("\n")) {
            throw corrupt("manifest is of no known kind or version", key, null);
        }
        try {
            return HexFormat.fromHexDigitsToLong(
                    line, MAGIC.length(), MAGIC.length() + GENERATION_DIGITS);
        } catch (IllegalArgumentException wrong) {
            throw corrupt("manifest names no generation", key, wrong);
        }
    }

    /// Reads a manifest.
    ///
    /// @param key where it was found, for errors
    /// @throws ShelfException CORRUPT when it is none
    public static Manifest read(byte[] text, String key) {
        long generation = generation(text, key);
        try (JsonParser json = JSON.createParser(text, FIRST_LINE, text.length - FIRST_LINE)) {
            Fields fields = new Fields();
            require(json.nextToken() == JsonToken.START_OBJECT);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                fields.read(json);
            }
            require(json.currentToken() == JsonToken.END_OBJECT);
            return new Manifest(
                    generation,
                    Layout.of(fields.layout),
                    fields.createdMillis,
                    fields.codec,
                    new PartitionRule(fields.column, fields.width, (int) fields.batches),
                    fields.head,
                    fields.partitions);
        } catch (IOException | IllegalArgumentException | ShelfException wrong) {
            throw corrupt("manifest is damaged: reason=" + firstLine(wrong), key, wrong);
        }
    }

    private static String firstLine(Exception failure) {
        return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    }

    private static void require(boolean fact) {
        if (!fact) {
            throw new IllegalArgumentException("another token was expected");
        }
    }

    private static ShelfException corrupt(
            String fact, String key, @org.jspecify.annotations.Nullable Throwable cause) {
        return new ShelfException(
                ErrorCode.CORRUPT, fact + (fact.contains("=") ? ", " : ": ") + "key=" + key, cause);
    }

    /// The fields found so far.
    private static final class Fields {
        private String layout = "";
        private String codec = "";
        private String column = "";
        private long createdMillis;
        private long width;
        private long batches;
        private List<ChunkEntry> head = List.of();
        private final List<PartitionEntry> partitions = new ArrayList<>();

        void read(JsonParser json) throws IOException {
            String name = json.currentName();
            json.nextToken();
            switch (name) {
                case "layout" -> layout = json.getText();
                case "codec" -> codec = json.getText();
                case "column" -> column = json.getText();
                case "created_ms" -> createdMillis = json.getLongValue();
                case "width" -> width = json.getLongValue();
                case "batches" -> batches = json.getLongValue();
                case "head" -> head = chunks(json, false);
                case "partitions" -> {
                    require(json.currentToken() == JsonToken.START_ARRAY);
                    while (json.nextToken() == JsonToken.START_OBJECT) {
                        partitions.add(partition(json));
                    }
                    require(json.currentToken() == JsonToken.END_ARRAY);
                }
                default -> json.skipChildren();
            }
        }

        private static PartitionEntry partition(JsonParser json) throws IOException {
            long part = 0;
            List<ChunkEntry> chunks = List.of();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "part" -> part = json.getLongValue();
                    case "chunks" -> chunks = chunks(json, true);
                    default -> json.skipChildren();
                }
            }
            return new PartitionEntry(part, chunks);
        }

        private static List<ChunkEntry> chunks(JsonParser json, boolean withRows)
                throws IOException {
            List<ChunkEntry> chunks = new ArrayList<>();
            require(json.currentToken() == JsonToken.START_ARRAY);
            while (json.nextToken() == JsonToken.START_ARRAY) {
                json.nextToken();
                long bytes = json.getLongValue();
                require(bytes > 0 && bytes <= MOST_VALUE_BYTES);
                json.nextToken();
                int crc = HexFormat.fromHexDigits(json.getText());
                long rows = 0;
                if (withRows) {
                    json.nextToken();
                    rows = json.getLongValue();
                    require(rows >= 0);
                }
                chunks.add(new ChunkEntry(bytes, crc, rows));
                require(json.nextToken() == JsonToken.END_ARRAY);
            }
            require(json.currentToken() == JsonToken.END_ARRAY);
            return chunks;
        }
    }
}
