package dev.arrowshelf.redis;

import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.ManifestText;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.RedisOptions;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.redis.read.DataSetReader;
import dev.arrowshelf.redis.read.ReadOptions;
import dev.arrowshelf.redis.read.ReadReport;
import dev.arrowshelf.redis.read.ReadTarget;
import dev.arrowshelf.redis.split.SplitOptions;
import dev.arrowshelf.redis.split.SplitReport;
import dev.arrowshelf.redis.split.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Data sets in Redis: Arrow tables under a prefix, split by partition, read back whole or not at
/// all.
///
/// Thread-safe. Owns its connections until [#close].
public final class DataSets implements AutoCloseable {
    private static final String MANIFEST = ":manifest";

    private final RedisLink link;
    private final RedisOptions options;

    private DataSets(RedisLink link, RedisOptions options) {
        this.link = link;
        this.options = options;
    }

    /// Connects to Redis.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException UNAVAILABLE when nobody answers, FORBIDDEN
    ///   when the login or a certificate is refused
    public static DataSets connect(RedisOptions options) {
        return new DataSets(RedisLink.connect(options), options);
    }

    /// Splits an Arrow file into a data set and publishes it when all of it is there. Until then,
    /// and if this fails, what was published before stays readable.
    public SplitReport split(Path file, SplitOptions how) throws IOException {
        return split(file, how, new Progress());
    }

    /// Splits an Arrow file; somebody watches the progress.
    public SplitReport split(Path file, SplitOptions how, Progress progress) throws IOException {
        return new Splitter(link, options.limits().bytesInFlight()).split(file, how, progress);
    }

    /// Reads a data set into a target.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException NOT_FOUND, INCOMPLETE or CORRUPT with the
    ///   key
    public ReadReport read(ReadOptions what, ReadTarget target) throws IOException {
        return read(what, target, new Progress());
    }

    /// Reads a data set; somebody watches the progress.
    public ReadReport read(ReadOptions what, ReadTarget target, Progress progress)
            throws IOException {
        return new DataSetReader(link).read(what, target, progress);
    }

    /// Returns the manifest of a data set, if it has one.
    public Optional<Manifest> manifest(String prefix) {
        return new Publication(link, new DataSetKeys(prefix)).find();
    }

    /// Returns the manifests of all data sets by prefix. Looks at every key of the database.
    public SortedMap<String, Manifest> list() {
        SortedMap<String, Manifest> found = new TreeMap<>();
        for (byte[] key : link.scan(("*" + MANIFEST).getBytes(StandardCharsets.UTF_8))) {
            String name = new String(key, StandardCharsets.UTF_8);
            link.get(key)
                    .join()
                    .filter(DataSets::isManifest)
                    .ifPresent(text ->
                            found.put(
                                    name.substring(0, name.length() - MANIFEST.length()),
                                    ManifestText.read(text, name)));
        }
        return found;
    }

    private static boolean isManifest(byte[] text) {
        int length = ManifestText.MAGIC.length();
        return text.length > length
                && !ManifestText.isTombstone(text)
                && new String(text, 0, length, StandardCharsets.UTF_8).equals(ManifestText.MAGIC);
    }

    /// Removes a data set and returns how many values it had.
    public long delete(String prefix) {
        return new Publication(link, new DataSetKeys(prefix)).delete();
    }

    @Override
    public void close() {
        link.close();
    }
}
