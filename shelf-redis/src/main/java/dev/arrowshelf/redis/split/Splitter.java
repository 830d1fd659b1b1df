package dev.arrowshelf.redis.split;

import dev.arrowshelf.redis.flow.Window;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.SourceFile;
import dev.arrowshelf.redis.layout.DataSetKeys;
import dev.arrowshelf.redis.layout.Layout;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.layout.PartitionEntry;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.link.ServerFacts;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.redis.publish.SplitJournal;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Splits Arrow files into data sets in Redis. Record batches travel as they are unless another
/// compression is asked for; memory does not grow with the file.
///
/// Thread-safe; the link is the caller's.
public final class Splitter {
    private static final String FINGERPRINT_VERSION = "1";

    private final RedisLink link;
    private final long bytesInFlight;

    /// Splits through a link.
    ///
    /// @param bytesInFlight most bytes that are sent and not yet answered
    public Splitter(RedisLink link, long bytesInFlight) {
        this.link = link;
        this.bytesInFlight = bytesInFlight;
    }

    /// Splits a file and publishes the data set when all of it is there.
    ///
    /// @throws ShelfException what the file, the options or Redis do not allow; what was published
    ///   before stays readable then
    public SplitReport split(Path file, SplitOptions options, Progress progress)
            throws IOException {
        long begin = System.nanoTime();
        try (ScratchPool pool = new ScratchPool();
                SourceFile source = SourceFile.open(file)) {
            List<String> warnings = warnings(source.bytes());
            SplitPlan plan = SplitPlan.of(source, options, pool);
            SplitHead head = SplitHead.of(source, plan, options);
            SplitJournal journal = new SplitJournal(link, options.keys());
            SplitJournal.Begun begun =
                    new SplitJournal.Begun(
                            fingerprint(source, options),
                            options.layout(),
                            head.pieces().size(),
                            counts(plan));
            long before = link.retries();
            long generation = generation(journal, begun, options);
            journal.begin(generation, begun, options.chunkTimeToLive());
            Publication publication = new Publication(link, options.keys());
            ChunkMaker maker = new ChunkMaker(source, plan, options, pool);
            progress.expect(head.bytes() + plan.sourceBytes(), plan.inFileOrder().size());
            Window window = new Window(bytesInFlight, options.limits().inFlight());
            try (ChunkSender sender =
                    new ChunkSender(
                            link,
                            new ChunkSender.Job(
                                    head, plan, maker, options, generation, window, progress),
                            pool)) {
                ChunkSender.Sent sent = sender.sendAll();
                Manifest manifest = manifest(sent, maker.codec(), plan, options, generation);
                publication.publish(manifest, options.timeToLive());
                journal.end(generation);
                return new SplitReport(
                        manifest,
                        source.bytes(),
                        sender.sentBytes(),
                        sender.resumed(),
                        link.retries() - before,
                        Duration.ofNanos(System.nanoTime() - begin),
                        warnings);
            } catch (ShelfException failure) {
                cleanUp(publication, generation, begun, failure);
                throw failure;
            }
        }
    }

    private static Manifest manifest(
            ChunkSender.Sent sent,
            String codec,
            SplitPlan plan,
            SplitOptions options,
            long generation) {
        List<PartitionEntry> partitions = new ArrayList<>();
        sent.partitions()
                .forEach((part, chunks) -> partitions.add(new PartitionEntry(part, chunks)));
        return new Manifest(
                generation,
                options.layout(),
                System.currentTimeMillis(),
                codec,
                plan.rule(),
                sent.head(),
                partitions);
    }

    /// What an unreachable server holds stays for a resumption or the next publication; all else is
    /// removed at once.
    private static void cleanUp(
            Publication publication,
            long generation,
            SplitJournal.Begun begun,
            ShelfException failure) {
        if (failure.code() == ErrorCode.UNAVAILABLE || begun.layout() == Layout.ARROWREDIS) {
            return;
        }
        try {
            publication.abandon(generation, begun);
        } catch (ShelfException cleaning) {
            failure.addSuppressed(cleaning);
        }
    }

    private long generation(SplitJournal journal, SplitJournal.Begun begun, SplitOptions options) {
        if (options.resume()) {
            for (Map.Entry<Long, SplitJournal.Begun> earlier : journal.all().entrySet()) {
                if (earlier.getValue().equals(begun)) {
                    return earlier.getKey();
                }
            }
        }
        return DataSetKeys.newGeneration(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()));
    }

    private static SortedMap<Long, Integer> counts(SplitPlan plan) {
        SortedMap<Long, Integer> counts = new TreeMap<>();
        plan.partitions().forEach((part, chunks) -> counts.put(part, chunks.size()));
        return counts;
    }

    private List<String> warnings(long bytes) {
        ServerFacts facts = link.facts();
        List<String> warnings = new ArrayList<>();
        if (facts.mayEvict()) {
            warnings.add(
                    "Redis may evict chunks when its memory is full: maxmemory-policy="
                            + facts.evictionPolicy()
                            + " (noeviction or a volatile policy keeps data sets whole)");
        }
        long free = facts.maxMemoryBytes() - facts.usedMemoryBytes();
        if (facts.maxMemoryBytes() > 0 && free < bytes) {
            warnings.add(
                    "Redis has less free memory than the file is long: freeBytes="
                            + Math.max(0, free)
                            + ", fileBytes="
                            + bytes);
        }
        return warnings;
    }

    /// Covers the file's length, time of change and last bytes, and what changes the chunks.
    private static String fingerprint(SourceFile source, SplitOptions options) throws IOException {
        CRC32C crc = new CRC32C();
        crc.update(source.tail().asByteBuffer());
        String text =
                FINGERPRINT_VERSION
                        + '/'
                        + source.bytes()
                        + '/'
                        + Files.getLastModifiedTime(source.path()).toMillis()
                        + '/'
                        + crc.getValue()
                        + '/'
                        + options.compression()
                        + '/'
                        + options.splitBy()
                        + '/'
                        + options.limits().chunkBytes();
        crc.reset();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return source.bytes() + "-" + Long.toHexString(crc.getValue());
    }
}
