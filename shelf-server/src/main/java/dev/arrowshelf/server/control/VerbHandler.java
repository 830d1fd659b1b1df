package dev.arrowshelf.server.control;

import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.server.search.ConditionalSearch;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.InPlacePut;
import dev.arrowshelf.store.owner.PlannedCopy;
import dev.arrowshelf.store.owner.PlannedFile;
import dev.arrowshelf.store.owner.PutPlan;
import dev.arrowshelf.store.owner.PutTransaction;
import dev.arrowshelf.store.owner.ShelfOwner;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Carries out the verbs of one connection and keeps its open puts.
///
/// Thread rule: for the connection's thread. Memory rule: [#close] aborts what was not committed.
final class VerbHandler implements AutoCloseable {
    private static final int PROTOCOL_VERSION = 1;
    private static final int OPEN_PUTS_LIMIT = 256;
    private static final int NOT_WAITED_FOR = 1 << 8;

    private final ShelfOwner owner;
    private final QueryVerbs queries;
    private final SearchVerbs searches;
    private final IndexVerbs indexes;
    private final TierVerbs tier;
    private final Runnable shutdown;
    private final Map<Long, PutTransaction> puts = new HashMap<>();
    private final Map<Long, InPlacePut> places = new HashMap<>();
    private String client = "";
    private boolean shutdownWanted;

    VerbHandler(
            ShelfOwner owner,
            QueryVerbs queries,
            ConditionalSearch search,
            TierVerbs tier,
            Runnable shutdown) {
        this.owner = owner;
        this.queries = queries;
        this.searches = new SearchVerbs(owner, search);
        this.indexes = new IndexVerbs(search.service());
        this.tier = tier;
        this.shutdown = shutdown;
    }

    void handle(Verb verb, Request request, Reply reply) {
        switch (verb) {
            case HELLO -> hello(request, reply);
            case PING -> reply.u64(ProcessHandle.current().pid());
            case PUT_SMALL -> putSmall(request, reply);
            case PUT_BEGIN -> begin(request, reply);
            case PUT_APPEND -> append(request, reply);
            case PUT_COMMIT -> commit(request, reply);
            case PUT_ABORT -> abort(request);
            case DELETE -> delete(request, reply);
            case DELETE_ALL -> reply.u64(owner.deleteAll());
            case LIST -> list(request, reply);
            case STATUS -> reply.text(ShelfJson.of(tier.status(), queries.figures()));
            case SHUTDOWN -> shutdownWanted = true;
            case PLACE_BEGIN -> placeBegin(request, reply);
            case PLACE_GROW -> placeGrow(request, reply);
            case PLACE_COMMIT -> placeCommit(request, reply);
            case INFO -> info(request, reply);
            case QUERY -> queries.run(request, reply);
            case QUERY_CANCEL -> reply.u8(queries.cancel(request) ? 1 : 0);
            case SEARCH -> searches.run(request, reply);
            case WITHIN -> searches.within(request, reply);
            case INDEX_BUILD -> indexes.build(request, reply);
            case INDEX_STATE -> indexes.state(request, reply);
            case INDEX_CANCEL -> indexes.cancel(request, reply);
            case INDEX_LIST -> indexes.list(reply);
            case INDEX_DROP -> indexes.drop(request, reply);
            case TOUCH -> touch(request, reply);
            case RECALL -> recall(request, reply);
            case SPILL -> reply.u64(owner.spill(request.key()));
            case DETAILS -> details(request, reply);
            case PERSIST -> persist(request, reply);
            case LOAD -> load(request, reply);
            case PERSISTED -> persisted(request, reply);
            case FORGET_PERSISTED -> forgetPersisted(request, reply);
            case PUBLISH -> tier.publish(request, reply);
            case PROMOTE -> tier.promote(request, reply);
        }
    }

    private void recall(Request request, Reply reply) {
        byte[] key = request.key();
        reply.u8(
                request.isAtEnd()
                        ? owner.recall(key).code()
                        : owner.recall(key, request.number(), request.u32()).code());
    }

    boolean isShutdownWanted() {
        return shutdownWanted;
    }

    void shutDown() {
        shutdown.run();
    }

    private void delete(Request request, Reply reply) {
        byte[] key = request.key();
        queries.taken(key);
        searches.taken(key);
        reply.u8(tier.delete(key) ? 1 : 0);
    }

    private void hello(Request request, Reply reply) {
        int version = request.u32();
        if (version != PROTOCOL_VERSION) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "unknown protocol version: version=" + version + ", known=" + PROTOCOL_VERSION);
        }
        client = Integer.toUnsignedString(request.u32());
        reply.u32(PROTOCOL_VERSION)
                .raw(owner.shelfId())
                .text(owner.directory().toString())
                .u32(owner.smallTableLimit())
                .u32(ShelfOwner.KEY_LIMIT)
                .u32(tier.features());
    }

    private void list(Request request, Reply reply) {
        KeyPage page =
                KeyPage.of(
                        QueryVerbs.withoutResults(owner.keys()),
                        request.isAtEnd() ? null : request.key());
        reply.keys(page.keys()).u8(page.more() ? 1 : 0);
    }

    private void putSmall(Request request, Reply reply) {
        int flags = request.u32();
        byte[] key = request.key();
        PutOptions options = request.options(flags, client);
        reply.u64(owner.putSmall(key, request.bytes(), options).generation());
    }

    private void begin(Request request, Reply reply) {
        checkOpenPuts();
        int flags = request.u32();
        byte[] key = request.key();
        PutOptions options = request.options(flags, client);
        long rows = request.u64();
        long bytes = request.u64();
        PutTransaction put =
                owner.beginPut(
                        key,
                        options.withPartitions(rows, bytes),
                        request.messages(),
                        Request.coldPages(flags));
        puts.put(put.id(), put);
        reply.u64(put.id());
        plan(put.plan(), reply);
    }

    private void append(Request request, Reply reply) {
        PutTransaction put = open(puts.get(request.u64()));
        plan(put.append(request.messages()), reply);
    }

    private void commit(Request request, Reply reply) {
        try (PutTransaction put = open(puts.remove(request.u64()))) {
            reply.committed(put.commit());
        }
    }

    private void abort(Request request) {
        long id = request.u64();
        PutTransaction put = puts.remove(id);
        if (put != null) {
            put.close();
            return;
        }
        open(places.remove(id)).close();
    }

    private void placeBegin(Request request, Reply reply) {
        checkOpenPuts();
        int flags = request.u32();
        byte[] key = request.key();
        PutOptions options = request.options(flags, client);
        InPlacePut place =
                owner.beginInPlace(key, request.u64(), options, Request.coldPages(flags));
        places.put(place.id(), place);
        reply.u64(place.id())
                .text(owner.directory().relativize(place.file()).toString())
                .u64(place.bytes())
                .u64(place.warmBytes())
                .u64(place.firstUsableOffset());
    }

    private void placeGrow(Request request, Reply reply) {
        InPlacePut place = open(places.get(request.u64()));
        place.grow(request.u64());
        reply.u64(place.bytes()).u64(place.warmBytes());
    }

    /// A put in place stays open when its metadata did not fit, so that the client still has its
    /// bytes; it aborts it itself.
    private void placeCommit(Request request, Reply reply) {
        long id = request.u64();
        InPlacePut place = open(places.get(id));
        TableInfo table = place.commit(request.messages(), request.placements());
        places.remove(id);
        reply.committed(table);
    }

    private void info(Request request, Reply reply) {
        byte[] key = request.key();
        TableInfo table = owner.info(key);
        if (table == null) {
            throw notFound(key);
        }
        reply.text(ShelfJson.of(table));
    }

    private void details(Request request, Reply reply) {
        byte[] key = request.key();
        TableDetails table = owner.details(key);
        if (table == null) {
            throw notFound(key);
        }
        reply.text(ShelfJson.of(table));
    }

    private void persist(Request request, Reply reply) {
        byte[] key = request.key();
        Path directory = request.directory();
        int how = request.u32();
        SpillCodec codec = SpillCodec.of(how & ~NOT_WAITED_FOR);
        boolean durable = (how & NOT_WAITED_FOR) == 0;
        reply.u8(owner.persist(key, directory, codec, durable) ? 1 : 0);
    }

    private void load(Request request, Reply reply) {
        int flags = request.u32();
        byte[] key = request.key();
        PutOptions options = request.options(flags, client);
        Path directory = request.directory();
        String name = new String(key, StandardCharsets.UTF_8);
        TableInfo table = owner.load(name, key, options, owner.directoryTier(directory));
        if (table == null) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND,
                    "no such table was persisted: name=%s, directory=%s"
                            .formatted(name, directory));
        }
        reply.committed(table);
    }

    private void forgetPersisted(Request request, Reply reply) {
        String name = new String(request.key(), StandardCharsets.UTF_8);
        reply.u8(owner.forgetPersisted(name, request.directory()) ? 1 : 0);
    }

    private void persisted(Request request, Reply reply) {
        reply.keys(
                owner.persisted(request.directory()).stream()
                        .map(name -> name.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private void touch(Request request, Reply reply) {
        byte[] key = request.key();
        Optional<Duration> timeToLive = Request.duration(request.u64());
        Optional<Duration> mostIdle = Request.duration(request.u64());
        reply.u8(owner.touch(key, timeToLive, mostIdle) ? 1 : 0);
    }

    private static ShelfException notFound(byte[] key) {
        return new ShelfException(
                ErrorCode.NOT_FOUND,
                "Key not found: key=" + new String(key, StandardCharsets.UTF_8));
    }

    private void plan(PutPlan plan, Reply reply) {
        reply.u32(plan.files().size());
        for (PlannedFile file : plan.files()) {
            reply.u32(file.number())
                    .text(owner.directory().relativize(file.file()).toString())
                    .u64(file.bytes())
                    .u64(file.warmBytes());
        }
        reply.u32(plan.copies().size());
        for (PlannedCopy copy : plan.copies()) {
            reply.u64(copy.range().sourcePosition())
                    .u64(copy.range().bytes())
                    .u64(copy.range().targetOffset())
                    .u32(copy.file())
                    .u32(wireCode(copy.range().encoding()));
        }
    }

    private static int wireCode(Encoding encoding) {
        return switch (encoding) {
            case COPY -> 0;
            case ZSTD -> 1;
            case LZ4 -> 2;
        };
    }

    private void checkOpenPuts() {
        if (puts.size() + places.size() >= OPEN_PUTS_LIMIT) {
            throw new ShelfException(
                    ErrorCode.BUSY,
                    "too many open puts on one connection: open=" + OPEN_PUTS_LIMIT);
        }
    }

    private static <T> T open(@Nullable T put) {
        if (put == null) {
            throw new ShelfException(ErrorCode.PROTOCOL, "no such open put on this connection");
        }
        return put;
    }

    /// Aborts the open puts and deletes results that the client did not take.
    @Override
    public void close() {
        puts.values().forEach(PutTransaction::close);
        places.values().forEach(InPlacePut::close);
        queries.close();
        searches.close();
    }
}
