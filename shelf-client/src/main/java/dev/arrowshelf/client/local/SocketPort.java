package dev.arrowshelf.client.local;

import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.PlannedCopy;
import dev.arrowshelf.store.owner.PlannedFile;
import dev.arrowshelf.store.owner.PutPlan;
import dev.arrowshelf.store.table.PutPort;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.tier.TierAnswer;
import dev.arrowshelf.store.tier.TierAnswer.Outcome;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Puts through the control socket of a daemon on this host.
///
/// Thread rule: safe for several threads, each put has a connection to itself. Memory rule:
/// [#close] ends idle connections; an open put ends its own.
public final class SocketPort implements PutPort, TableSpace.Recall, AutoCloseable {
    private static final int POPULATES = 1;
    private static final int FAIL_WHEN_EXISTS = 2;
    private static final int VALIDATE_UTF8 = 4;
    private static final int RETENTION = 8;
    private static final int TAKES_OFF = 1;
    private static final int ON_A_MISS = 1;
    private static final int PLAN_ENTRY_LIMIT = 1 << 21;

    private final LinkPool links;
    private final int smallTableLimit;
    private final boolean tier;

    private SocketPort(LinkPool links, int smallTableLimit, boolean tier) {
        this.links = links;
        this.smallTableLimit = smallTableLimit;
        this.tier = tier;
    }

    /// Connects to the daemon that serves a directory.
    ///
    /// @throws ShelfException `UNAVAILABLE` when none does
    public static SocketPort connect(Path directory) {
        LinkPool links = new LinkPool(directory);
        ControlLink link = links.take();
        links.giveBack(link);
        return new SocketPort(links, link.smallTableLimit(), link.hasTier());
    }

    @Override
    public TableInfo putSmall(byte[] key, MemorySegment stream, PutOptions options) {
        long generation =
                links.request(
                        LocalVerb.PUT_SMALL,
                        request -> head(request, flags(options), key, options).bytes(stream),
                        Frame.Answer::u64);
        return new TableInfo(
                new String(key, StandardCharsets.UTF_8),
                generation,
                0,
                0,
                0,
                1,
                InstantSource.system().millis());
    }

    @Override
    public OpenPut beginPut(byte[] key, PutOptions options, List<IpcMessage> messages) {
        Exchange exchange = new Exchange(key);
        return exchange.begun(() -> {
            PutBegun begun =
                    exchange.first(
                            LocalVerb.PUT_BEGIN,
                            request ->
                                    head(request, flags(options) | POPULATES, key, options)
                                            .u64(options.partitionRows())
                                            .u64(options.partitionBytes())
                                            .messages(messages),
                            answer -> new PutBegun(answer.u64(), plan(answer)));
            return new SocketPut(exchange, begun.id(), begun.plan());
        });
    }

    @Override
    public OpenPlace beginPlace(byte[] key, long capacityBytes, PutOptions options) {
        Exchange exchange = new Exchange(key);
        return exchange.begun(() ->
                exchange.first(
                        LocalVerb.PLACE_BEGIN,
                        request ->
                                head(request, flags(options) | POPULATES, key, options)
                                        .u64(capacityBytes),
                        answer ->
                                new SocketPlace(
                                        exchange,
                                        answer.u64(),
                                        file(answer),
                                        new Extent(answer.u64(), answer.u64()),
                                        answer.u64())));
    }

    @Override
    public int smallTableLimit() {
        return smallTableLimit;
    }

    /// Deletes a table and returns whether it existed.
    public boolean delete(byte[] key) {
        return links.request(
                LocalVerb.DELETE, request -> request.bytes(key), answer -> answer.u8() == 1);
    }

    /// Deletes all tables and returns how many there were.
    public long deleteAll() {
        return links.request(LocalVerb.DELETE_ALL, _ -> {}, Frame.Answer::u64);
    }

    /// Returns the owner's status as its JSON text.
    public String status() {
        return links.request(LocalVerb.STATUS, _ -> {}, Frame.Answer::text);
    }

    @Override
    public void close() {
        links.close();
    }

    /// Returns everything the owner knows about a table, or null.
    public @Nullable TableDetails details(byte[] key) {
        try {
            return OwnerDetails.parse(
                    links.request(
                            LocalVerb.DETAILS, request -> request.bytes(key), Frame.Answer::text));
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw failure;
        }
    }

    /// Says that a table was used, and how long it lives; false when there is none.
    public boolean touch(byte[] key, Optional<Duration> timeToLive, Optional<Duration> mostIdle) {
        return links.request(
                LocalVerb.TOUCH,
                request -> request.bytes(key).u64(millis(timeToLive)).u64(millis(mostIdle)),
                answer -> answer.u8() == 1);
    }

    /// Has a spilled partition made readable.
    @Override
    public Recaller.Answer recall(byte[] key, long generation, int partition) {
        try {
            return links.request(
                    LocalVerb.RECALL,
                    request -> request.bytes(key).u64(generation).u32(partition),
                    answer -> Recaller.Answer.of(answer.u8()));
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.UNAVAILABLE) {
                return Recaller.Answer.NOBODY; // reading needs no owner
            }
            throw failure;
        }
    }

    /// Has a table fetched from the tier that the shelf lacks; returns whether it is there now.
    @Override
    public boolean fetch(byte[] key) {
        return tier && promote(key, 0, ON_A_MISS).outcome() != Outcome.MISSING;
    }

    /// Has the tier's table of a name put on the shelf.
    public TierAnswer promote(byte[] key, long least) {
        return promote(key, least, 0);
    }

    private TierAnswer promote(byte[] key, long least, int flags) {
        return links.request(
                LocalVerb.PROMOTE,
                request -> request.u32(flags).bytes(key).u64(least),
                answer -> new TierAnswer(Outcome.of(answer.u8()), answer.u64()));
    }

    /// Stores a table in the tier, and perhaps takes it off the shelf; returns its generation
    /// there, or empty when there is none.
    public OptionalLong publish(byte[] key, boolean takesOff) {
        long published =
                links.request(
                        LocalVerb.PUBLISH,
                        request -> request.u32(takesOff ? TAKES_OFF : 0).bytes(key),
                        Frame.Answer::u64);
        return published == 0 ? OptionalLong.empty() : OptionalLong.of(published);
    }

    /// Sends a table to disk and returns the bytes that left memory.
    public long spill(byte[] key) {
        return links.request(LocalVerb.SPILL, request -> request.bytes(key), Frame.Answer::u64);
    }

    /// Writes a table to a directory of this host; false when there is none.
    public boolean persist(byte[] key, Path directory, SpillCodec codec) {
        return links.request(
                LocalVerb.PERSIST,
                request -> request.bytes(key).bytes(utf8(directory)).u32(codec.code()),
                answer -> answer.u8() == 1);
    }

    /// Puts a persisted table back; null when there is none.
    public @Nullable TableInfo load(byte[] key, Path directory, PutOptions options) {
        try {
            return links.request(
                    LocalVerb.LOAD,
                    request -> head(request, flags(options), key, options).bytes(utf8(directory)),
                    answer ->
                            new TableInfo(
                                    new String(key, StandardCharsets.UTF_8),
                                    answer.u64(),
                                    answer.u64(),
                                    answer.u64(),
                                    0,
                                    0,
                                    InstantSource.system().millis()));
        } catch (ShelfException failure) {
            if (failure.code() == ErrorCode.NOT_FOUND) {
                return null;
            }
            throw failure;
        }
    }

    /// Returns the names of the tables that were persisted in a directory.
    public List<String> persisted(Path directory) {
        return links.request(
                LocalVerb.PERSISTED,
                request -> request.bytes(utf8(directory)),
                answer -> {
                    int[] lengths = new int[checked(answer.u32())];
                    for (int i = 0; i < lengths.length; i++) {
                        lengths[i] = answer.u32();
                    }
                    List<String> names = new ArrayList<>(lengths.length);
                    for (int length : lengths) {
                        names.add(new String(answer.raw(length), StandardCharsets.UTF_8));
                    }
                    return names;
                });
    }

    private static byte[] utf8(Path directory) {
        return directory.toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8);
    }

    private static int flags(PutOptions options) {
        return (options.replace() ? 0 : FAIL_WHEN_EXISTS)
                | (options.validateUtf8() ? VALIDATE_UTF8 : 0)
                | (options.retention().equals(Retention.DEFAULT) ? 0 : RETENTION);
    }

    private static Frame head(Frame request, int flags, byte[] key, PutOptions options) {
        request.u32(flags).bytes(key);
        if ((flags & RETENTION) != 0) {
            Retention retention = options.retention();
            request.u64(millis(retention.timeToLive()))
                    .u64(millis(retention.mostIdle()))
                    .bytes(retention.metadata().getBytes(StandardCharsets.UTF_8));
        }
        return request;
    }

    private static long millis(Optional<Duration> time) {
        if (time.isEmpty()) {
            return 0;
        }
        return time.get().isZero() ? Long.MAX_VALUE : Math.max(1, time.get().toMillis());
    }

    private PutPlan plan(Frame.Answer answer) {
        List<PlannedFile> files = new ArrayList<>();
        for (int left = checked(answer.u32()); left > 0; left--) {
            files.add(new PlannedFile(answer.u32(), file(answer), answer.u64(), answer.u64()));
        }
        List<PlannedCopy> copies = new ArrayList<>();
        for (int left = checked(answer.u32()); left > 0; left--) {
            long source = answer.u64();
            long bytes = answer.u64();
            long target = answer.u64();
            int file = answer.u32();
            copies.add(
                    new PlannedCopy(
                            file, new CopyRange(source, bytes, target, encoding(answer.u32()))));
        }
        return new PutPlan(files, copies);
    }

    /// Reads a file name and sees to it that it lies in the shelf's `tmp/`.
    private Path file(Frame.Answer answer) {
        String name = answer.text();
        Path below = links.directory().resolve("tmp");
        Path file = links.directory().resolve(name).normalize();
        if (!below.equals(file.getParent())) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "planned file lies outside tmp/: file=" + name);
        }
        return file;
    }

    private static int checked(int entries) {
        if (entries < 0 || entries > PLAN_ENTRY_LIMIT) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "plan is too long: entries=" + Integer.toUnsignedString(entries));
        }
        return entries;
    }

    private static Encoding encoding(int code) {
        return switch (code) {
            case 0 -> Encoding.COPY;
            case 1 -> Encoding.ZSTD;
            case 2 -> Encoding.LZ4;
            default ->
                    throw new ShelfException(ErrorCode.PROTOCOL, "unknown encoding: code=" + code);
        };
    }

    private record PutBegun(long id, PutPlan plan) {}

    private record Extent(long bytes, long warmBytes) {}

    /// The connection of one open put.
    private final class Exchange {
        private final String name;
        private ControlLink link = links.take();
        private boolean finished;

        Exchange(byte[] key) {
            this.name = new String(key, StandardCharsets.UTF_8);
        }

        <T> T begun(java.util.function.Supplier<T> begin) {
            try {
                return begin.get();
            } catch (RuntimeException failure) {
                finish();
                throw failure;
            }
        }

        /// Sends the request that begins a put; where an idle connection turns out to be broken, a
        /// new one is made.
        <T> T first(LocalVerb verb, Consumer<Frame> parts, Function<Frame.Answer, T> reader) {
            try {
                return link.request(verb, parts, reader);
            } catch (ShelfException failure) {
                if (!link.isBroken()) {
                    throw failure;
                }
                link.close();
                link = links.connectFresh();
                return link.request(verb, parts, reader);
            }
        }

        <T> T next(LocalVerb verb, Consumer<Frame> parts, Function<Frame.Answer, T> reader) {
            return link.request(verb, parts, reader);
        }

        TableInfo committed(Frame.Answer answer) {
            TableInfo table =
                    new TableInfo(
                            name,
                            answer.u64(),
                            answer.u64(),
                            answer.u64(),
                            0,
                            0,
                            InstantSource.system().millis());
            finish();
            return table;
        }

        void abort(long id) {
            if (!finished) {
                try {
                    if (!link.isBroken()) {
                        link.request(LocalVerb.PUT_ABORT, request -> request.u64(id), _ -> true);
                    }
                } catch (ShelfException _) {
                    link.close(); // which aborts as well
                } finally {
                    finish();
                }
            }
        }

        private void finish() {
            if (!finished) {
                finished = true;
                links.giveBack(link);
            }
        }
    }

    private final class SocketPut implements OpenPut {
        private final Exchange exchange;
        private final long id;
        private final PutPlan plan;

        SocketPut(Exchange exchange, long id, PutPlan plan) {
            this.exchange = exchange;
            this.id = id;
            this.plan = plan;
        }

        @Override
        public PutPlan plan() {
            return plan;
        }

        @Override
        public PutPlan append(List<IpcMessage> messages, List<MemorySegment> bodies) {
            return exchange.next(
                    LocalVerb.PUT_APPEND,
                    request -> request.u64(id).messages(messages),
                    SocketPort.this::plan);
        }

        @Override
        public TableInfo commit() {
            return exchange.next(
                    LocalVerb.PUT_COMMIT, request -> request.u64(id), exchange::committed);
        }

        @Override
        public void close() {
            exchange.abort(id);
        }
    }

    private static final class SocketPlace implements OpenPlace {
        private final Exchange exchange;
        private final long id;
        private final Path file;
        private final long firstUsableOffset;
        private Extent extent;

        SocketPlace(Exchange exchange, long id, Path file, Extent extent, long firstUsableOffset) {
            this.exchange = exchange;
            this.id = id;
            this.file = file;
            this.extent = extent;
            this.firstUsableOffset = firstUsableOffset;
        }

        @Override
        public Path file() {
            return file;
        }

        @Override
        public long bytes() {
            return extent.bytes();
        }

        @Override
        public long warmBytes() {
            return extent.warmBytes();
        }

        @Override
        public long firstUsableOffset() {
            return firstUsableOffset;
        }

        @Override
        public void grow(long capacityBytes) {
            extent =
                    exchange.next(
                            LocalVerb.PLACE_GROW,
                            request -> request.u64(id).u64(capacityBytes),
                            answer -> new Extent(answer.u64(), answer.u64()));
        }

        @Override
        public TableInfo commit(List<IpcMessage> messages, List<Placement> placements) {
            return exchange.next(
                    LocalVerb.PLACE_COMMIT,
                    request -> request.u64(id).messages(messages).placements(placements),
                    exchange::committed);
        }

        @Override
        public void close() {
            exchange.abort(id);
        }
    }
}
