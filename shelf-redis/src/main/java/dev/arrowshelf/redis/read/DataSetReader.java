package dev.arrowshelf.redis.read;

import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.layout.Manifest;
import dev.arrowshelf.redis.link.RedisLink;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.redis.publish.Publication;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// Reads data sets out of Redis. What is not whole is an error; when another generation was
/// published meanwhile, the read begins anew with that one. Memory does not grow with the data set.
///
/// Thread-safe; the link is the caller's.
public final class DataSetReader {
    private static final int MOST_BEGINNINGS = 5;

    private final RedisLink link;

    /// Reads through a link.
    public DataSetReader(RedisLink link) {
        this.link = link;
    }

    /// Reads a data set into a target.
    ///
    /// @throws ShelfException NOT_FOUND, INCOMPLETE or CORRUPT with the key, or what the target
    ///   throws
    public ReadReport read(ReadOptions options, ReadTarget target, Progress progress)
            throws IOException {
        for (int beginning = 1; ; beginning++) {
            long begin = System.nanoTime();
            ReadPlan plan = ReadPlan.of(link, options);
            progress.reset();
            progress.expect(plan.bytes(), plan.chunks().size());
            try {
                return once(plan, options, target, progress, begin);
            } catch (ShelfException failure) {
                if (beginning == MOST_BEGINNINGS || !isReplaced(plan, options, failure)) {
                    throw failure;
                }
            }
        }
    }

    private ReadReport once(
            ReadPlan plan, ReadOptions options, ReadTarget target, Progress progress, long begin)
            throws IOException {
        long retries = link.retries();
        Clock clock = new Clock(begin);
        try (ScratchPool pool = new ScratchPool();
                DataSetStream stream = new DataSetStream(link, pool, plan, options, progress)) {
            target.take(stream, pool, clock);
            return new ReadReport(
                    plan.manifest(),
                    clock.rows(),
                    progress.bytes(),
                    plan.chunks().size() - stream.missing().size() + plan.missing().size(),
                    stream.missing(),
                    link.retries() - retries,
                    new ReadReport.Times(
                            Duration.ofNanos(System.nanoTime() - begin),
                            clock.firstRow(),
                            clock.parse()));
        }
    }

    /// A failure that comes from values which somebody has replaced is none of the data set that is
    /// there now.
    private boolean isReplaced(ReadPlan plan, ReadOptions options, ShelfException failure) {
        if (failure.code() != ErrorCode.INCOMPLETE && failure.code() != ErrorCode.CORRUPT) {
            return false;
        }
        Optional<Manifest> now = new Publication(link, options.keys()).find();
        long before = plan.manifest().map(Manifest::generation).orElse(0L);
        return now.map(Manifest::generation).filter(it -> it != before).isPresent();
    }
}
