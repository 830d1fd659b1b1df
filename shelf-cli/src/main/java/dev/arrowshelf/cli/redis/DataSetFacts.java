package dev.arrowshelf.cli.redis;

import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Manifest;

/// A data set as JSON.
final class DataSetFacts {
    private DataSetFacts() {}

    /// Begins an object and writes the facts; the caller ends it.
    static JsonText write(String prefix, Manifest manifest) {
        return write(prefix, manifest, new JsonText());
    }

    /// Writes into a text that has begun.
    static JsonText write(String prefix, Manifest manifest, JsonText json) {
        return json.beginObject()
                .field("prefix", prefix)
                .field("generation", DataSetKeys.hex(manifest.generation()))
                .field("layout", manifest.layout().text())
                .field("codec", manifest.codec())
                .field("created_ms", manifest.createdMillis())
                .field("partitions", manifest.partitions().size())
                .field("chunks", manifest.chunks())
                .field("rows", manifest.rows())
                .field("bytes", manifest.bytes());
    }
}
