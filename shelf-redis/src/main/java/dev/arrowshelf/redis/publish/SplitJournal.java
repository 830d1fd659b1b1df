package dev.arrowshelf.redis.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.link.RedisLink;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The splits of a data set that have begun and not been published: what a later one resumes, and
/// removes. docs/spec/redis-layout.md, section 5.
public final class SplitJournal {
    private static final JsonFactory JSON = new JsonFactory();

    private final RedisLink link;
    private final DataSetKeys keys;

    public SplitJournal(RedisLink link, DataSetKeys keys) {
        this.link = link;
        this.keys = keys;
    }

    /// One split that has begun.
    ///
    /// @param source fingerprint of file and options
    /// @param layout of its keys
    /// @param head pieces of its head
    /// @param chunks number of chunks by partition
    public record Begun(String source, Layout layout, int head, SortedMap<Long, Integer> chunks) {}

    /// Notes a split before its first value is written.
    public void begin(long generation, Begun begun, Duration timeToLive) {
        Blocking.get(
                link.setField(
                        keys.splits(), DataSetKeys.hex(generation), write(begun), timeToLive));
    }

    /// Forgets a split.
    public void end(long generation) {
        Blocking.get(link.removeField(keys.splits(), DataSetKeys.hex(generation)));
    }

    /// Returns the splits by generation; entries that make no sense are left out.
    public SortedMap<Long, Begun> all() {
        SortedMap<Long, Begun> all = new TreeMap<>();
        for (Map.Entry<String, byte[]> field :
                Blocking.get(link.fields(keys.splits())).entrySet()) {
            Begun begun = read(field.getValue());
            if (begun != null && field.getKey().length() == Long.BYTES * 2) {
                all.put(HexFormat.fromHexDigitsToLong(field.getKey()), begun);
            }
        }
        return all;
    }

    /// Returns the keys of everything that a split may have written.
    List<byte[]> keysOf(long generation, Begun begun) {
        List<byte[]> all = new ArrayList<>();
        for (int piece = 0; piece < begun.head(); piece++) {
            all.add(keys.head(generation, piece));
        }
        begun.chunks()
                .forEach((part, count) -> {
                    for (int number = 0; number < count; number++) {
                        all.add(keys.chunk(begun.layout(), generation, part, number));
                    }
                });
        return all;
    }

    private static byte[] write(Begun begun) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeNumberField("started_ms", System.currentTimeMillis());
            json.writeStringField("source", begun.source());
            json.writeStringField("layout", begun.layout().text());
            json.writeNumberField("head", begun.head());
            json.writeArrayFieldStart("partitions");
            for (Map.Entry<Long, Integer> partition : begun.chunks().entrySet()) {
                json.writeStartArray();
                json.writeNumber(partition.getKey());
                json.writeNumber(partition.getValue());
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static @Nullable Begun read(byte[] text) {
        String source = "";
        Layout layout = Layout.ARROWSHELF;
        int head = 0;
        SortedMap<Long, Integer> chunks = new TreeMap<>();
        try (JsonParser json = JSON.createParser(text)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                json.nextToken();
                switch (name) {
                    case "source" -> source = json.getText();
                    case "layout" -> layout = Layout.of(json.getText());
                    case "head" -> head = json.getIntValue();
                    case "partitions" -> {
                        while (json.nextToken() == JsonToken.START_ARRAY) {
                            json.nextToken();
                            long part = json.getLongValue();
                            json.nextToken();
                            chunks.put(part, json.getIntValue());
                            json.nextToken();
                        }
                    }
                    default -> json.skipChildren();
                }
            }
        } catch (IOException | RuntimeException _) {
            // Somebody else's, or of a later version: not ours to remove.
            return null;
        }
        return new Begun(source, layout, head, chunks);
    }
}
