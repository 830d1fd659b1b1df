package dev.arrowshelf.redis.publish;

import dev.arrowshelf.redis.flow.Blocking;
import dev.arrowshelf.redis.layout.ChunkEntry;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.ManifestText;
import dev.arrowshelf.redis.layout.PartitionEntry;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Makes a data set visible and removes what it replaces; finds and deletes data sets.
///
/// Thread-safe; the link is the caller's.
public final class Publication {
    /// Sets the manifest unless a greater generation is there; returns what was there before.
    private static final String PUBLISH =
            """
            local before = redis.call('GET', KEYS[1])
            if before then
              local generation = string.match(before, '^arrowshelf 1 (%x+)\\n')
              if generation and generation > ARGV[2] then
                return 'superseded ' .. generation
              end
            end
            if ARGV[3] ~= '0' then
              redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
            else
              redis.call('SET', KEYS[1], ARGV[1])
            end
            return before
            """;

    private static final String SUPERSEDED = "superseded ";
    private static final int KEYS_AT_ONCE = 500;

    private final RedisLink link;
    private final DataSetKeys keys;
    private final SplitJournal journal;

    /// Works on one data set.
    public Publication(RedisLink link, DataSetKeys keys) {
        this.link = link;
        this.keys = keys;
        this.journal = new SplitJournal(link, keys);
    }

    /// Returns the manifest, if there is one.
    public Optional<Manifest> find() {
        String key = new String(keys.manifest(), StandardCharsets.UTF_8);
        return Blocking.get(link.get(keys.manifest()))
                .filter(text -> !ManifestText.isTombstone(text))
                .map(text -> ManifestText.read(text, key));
    }

    /// Publishes, and removes what cannot be read any more.
    ///
    /// @throws ShelfException ALREADY_EXISTS when a later split was published meanwhile
    public void publish(Manifest manifest, Duration timeToLive) {
        Set<String> kept = names(keysOf(manifest));
        boolean first =
                replace(ManifestText.write(manifest), manifest.generation(), timeToLive, kept);
        if (manifest.layout() == Layout.ARROWREDIS && first) {
            remove(foreign(), kept);
        }
    }

    /// Puts a tombstone in place of the manifest, and removes what cannot be read any more.
    ///
    /// @param kept how long the tombstone stays
    /// @throws ShelfException ALREADY_EXISTS when a greater generation was published meanwhile
    public void bury(long generation, Duration kept) {
        byte[] text = ManifestText.tombstone(generation, System.currentTimeMillis());
        boolean _ = replace(text, generation, kept, Set.of());
    }

    /// Returns whether nothing was there before.
    private boolean replace(byte[] text, long generation, Duration timeToLive, Set<String> kept) {
        Optional<Manifest> known = findReadable();
        Optional<byte[]> before =
                Blocking.get(
                        link.script(
                                PUBLISH,
                                keys.manifest(),
                                List.of(
                                        text,
                                        utf8(DataSetKeys.hex(generation)),
                                        utf8(Long.toString(timeToLive.toMillis())))));
        if (before.isPresent() && startsWith(before.get(), SUPERSEDED)) {
            throw new ShelfException(
                    ErrorCode.ALREADY_EXISTS,
                    "a later generation was published meanwhile: prefix="
                            + keys.prefix()
                            + ", generation="
                            + DataSetKeys.hex(generation)
                            + ", published="
                            + new String(before.get(), StandardCharsets.UTF_8)
                                    .substring(SUPERSEDED.length()));
        }
        before.flatMap(this::readable)
                // A script that was run twice finds its own work.
                .filter(it -> it.generation() != generation)
                .or(() -> known)
                .ifPresent(replaced -> remove(keysOf(replaced), kept));
        for (Map.Entry<Long, SplitJournal.Begun> begun : journal.all().entrySet()) {
            if (begun.getKey() < generation) {
                remove(journal.keysOf(begun.getKey(), begun.getValue()), kept);
                journal.end(begun.getKey());
            }
        }
        return before.isEmpty();
    }

    /// Removes a data set: what its manifest names, what broken splits left, and values in the
    /// layout of ArrowRedis. Returns how many values there were.
    public long delete() {
        return withdraw() + remove(foreign(), Set.of());
    }

    private long withdraw() {
        Optional<Manifest> manifest = findReadable();
        long removed = Blocking.get(link.remove(List.of(keys.manifest())));
        removed += manifest.map(it -> remove(keysOf(it), Set.of())).orElse(0L);
        for (Map.Entry<Long, SplitJournal.Begun> begun : journal.all().entrySet()) {
            removed += remove(journal.keysOf(begun.getKey(), begun.getValue()), Set.of());
            journal.end(begun.getKey());
        }
        return removed;
    }

    /// Removes what one broken split has written.
    public void abandon(long generation, SplitJournal.Begun begun) {
        remove(journal.keysOf(generation, begun), Set.of());
        journal.end(generation);
    }

    /// Returns the values in the layout of ArrowRedis that are there. Looks at every key of the
    /// database.
    public List<byte[]> foreign() {
        return link.scan(keys.foreignChunks()).stream()
                .filter(key -> keys.foreignChunk(key) != null)
                .toList();
    }

    /// Returns the keys that a manifest names.
    List<byte[]> keysOf(Manifest manifest) {
        List<byte[]> all = new ArrayList<>();
        List<ChunkEntry> head = manifest.head();
        for (int piece = 0; piece < head.size(); piece++) {
            all.add(keys.head(manifest.generation(), piece));
        }
        for (PartitionEntry partition : manifest.partitions()) {
            for (int number = 0; number < partition.chunks().size(); number++) {
                all.add(
                        keys.chunk(
                                manifest.layout(),
                                manifest.generation(),
                                partition.part(),
                                number));
            }
        }
        return all;
    }

    private Optional<Manifest> findReadable() {
        return Blocking.get(link.get(keys.manifest())).flatMap(this::readable);
    }

    /// A manifest that is damaged names nothing that could be removed; nor does a tombstone.
    private Optional<Manifest> readable(byte[] text) {
        try {
            if (ManifestText.isTombstone(text)) {
                return Optional.empty();
            }
            return Optional.of(ManifestText.read(text, keys.prefix()));
        } catch (ShelfException _) {
            return Optional.empty();
        }
    }

    private long remove(List<byte[]> all, Set<String> kept) {
        List<byte[]> gone =
                kept.isEmpty()
                        ? all
                        : all.stream().filter(key -> !kept.contains(name(key))).toList();
        List<CompletableFuture<Long>> answers = new ArrayList<>();
        for (int from = 0; from < gone.size(); from += KEYS_AT_ONCE) {
            answers.add(
                    link.remove(gone.subList(from, Math.min(gone.size(), from + KEYS_AT_ONCE))));
        }
        long removed = 0;
        for (CompletableFuture<Long> answer : answers) {
            removed += Blocking.get(answer);
        }
        return removed;
    }

    private static Set<String> names(List<byte[]> all) {
        Set<String> names = new HashSet<>();
        all.forEach(key -> names.add(name(key)));
        return names;
    }

    private static String name(byte[] key) {
        return new String(key, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean startsWith(byte[] bytes, String text) {
        byte[] begin = utf8(text);
        return bytes.length >= begin.length
                && Arrays.equals(bytes, 0, begin.length, begin, 0, begin.length);
    }
}
