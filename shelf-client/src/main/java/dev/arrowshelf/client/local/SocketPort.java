package dev.arrowshelf.client.local;

import dev.arrowshelf.store.evict.Recaller;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
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

    private final LinkPool links;
    private final PlanReader plans;
    private final int smallTableLimit;
    private final boolean tier;

    private SocketPort(LinkPool links, int smallTableLimit, boolean tier) {
        this.links = links;
        this.plans = new PlanReader(links.directory());
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
        PutExchange exchange = new PutExchange(links, key);
        return exchange.begun(() -> {
            PutBegun begun =
                    exchange.first(
                            LocalVerb.PUT_BEGIN,
                            request ->
                                    head(request, flags(options) | POPULATES, key, options)
                                            .u64(options.partitionRows())
                                            .u64(options.partitionBytes())
                                            .messages(messages),
                            answer -> new PutBegun(answer.u64(), plans.plan(answer)));
            return new SocketPut(exchange, plans, begun.id(), begun.plan());
        });
    }

    @Override
    public OpenPlace beginPlace(byte[] key, long capacityBytes, PutOptions options) {
        PutExchange exchange = new PutExchange(links, key);
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
                                        plans.file(answer),
                                        new SocketPlace.Extent(answer.u64(), answer.u64()),
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
                    int[] lengths = new int[PlanReader.checked(answer.u32())];
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

    private record PutBegun(long id, PutPlan plan) {}
}
