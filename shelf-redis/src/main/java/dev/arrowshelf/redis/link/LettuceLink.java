package dev.arrowshelf.redis.link;

import dev.arrowshelf.redis.layout.Checksum;
import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.async.RedisHashAsyncCommands;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The link by Lettuce. Commands go round robin over a few connections, each of which serves all
/// threads; large values go by [BulkRoutes] where that is possible.
final class LettuceLink implements RedisLink {
    private static final int SCAN_COUNT = 1000;

    private final Connections connections;
    private final ScheduledExecutorService scheduler = scheduler();
    private final Retries retries;
    private final BulkRoutes bulk;
    private final AtomicInteger turn = new AtomicInteger();

    LettuceLink(RedisOptions options) {
        this.connections = Connections.open(options);
        this.retries = new Retries(options, scheduler, connections::refresh);
        this.bulk = new BulkRoutes(options, connections::server, scheduler);
    }

    private static ScheduledExecutorService scheduler() {
        ScheduledThreadPoolExecutor one =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("redis-retry").factory());
        one.setRemoveOnCancelPolicy(true);
        return one;
    }

    private RedisClusterAsyncCommands<byte[], Outgoing> commands() {
        return connections.commands(turn.getAndIncrement() & Integer.MAX_VALUE);
    }

    @Override
    public CompletableFuture<Void> set(byte[] key, ChunkBytes value, Duration timeToLive) {
        return set(key, value, timeToLive, false).thenRun(() -> {});
    }

    @Override
    public CompletableFuture<Integer> setSummed(byte[] key, ChunkBytes value, Duration timeToLive) {
        return set(key, value, timeToLive, true);
    }

    private CompletableFuture<Integer> set(
            byte[] key, ChunkBytes value, Duration timeToLive, boolean summed) {
        return retries.run(
                "SET",
                key,
                () ->
                        bulkOr(
                                bulk.set(key, value, timeToLive, summed),
                                () -> plainSet(key, value, timeToLive, summed)));
    }

    private CompletionStage<Integer> plainSet(
            byte[] key, ChunkBytes value, Duration timeToLive, boolean summed) {
        int crc = summed ? Checksum.of(value.pieces()) : 0;
        Outgoing outgoing = new Outgoing(value);
        CompletionStage<String> answer =
                timeToLive.isZero()
                        ? commands().set(key, outgoing)
                        : commands().set(key, outgoing, SetArgs.Builder.px(timeToLive.toMillis()));
        return answer.thenApply(_ -> crc).whenComplete((_, _) -> outgoing.revoke());
    }

    @Override
    public CompletableFuture<Long> get(byte[] key, MemorySegment target) {
        return get(key, target, false).thenApply(Arrived::bytes);
    }

    @Override
    public CompletableFuture<Arrived> getSummed(byte[] key, MemorySegment target) {
        return get(key, target, true);
    }

    private CompletableFuture<Arrived> get(byte[] key, MemorySegment target, boolean summed) {
        return retries.run(
                "GET",
                key,
                () -> bulkOr(bulk.get(key, target, summed), () -> plainGet(key, target, summed)));
    }

    private CompletionStage<Arrived> plainGet(byte[] key, MemorySegment target, boolean summed) {
        IntoSegment output = new IntoSegment(target);
        CommandArgs<byte[], Outgoing> arguments =
                new CommandArgs<>(SegmentCodec.INSTANCE).addKey(key);
        CompletionStage<Long> answer = commands().dispatch(CommandType.GET, output, arguments);
        return answer.whenComplete((_, _) -> output.revoke())
                .thenApply(length -> arrived(length, target, summed));
    }

    private static Arrived arrived(long length, MemorySegment target, boolean summed) {
        boolean there = length >= 0 && length <= target.byteSize();
        return new Arrived(length, summed && there ? Checksum.of(target.asSlice(0, length)) : 0);
    }

    /// What a bulk connection could not do is done by the client that follows redirections, and
    /// tells failures that pass from others.
    private static <T> CompletionStage<T> bulkOr(
            @Nullable CompletableFuture<T> bulk, Supplier<CompletionStage<T>> plain) {
        return bulk == null
                ? plain.get()
                : bulk.exceptionallyCompose(failure ->
                        Failures.cause(failure) instanceof IOException
                                ? plain.get()
                                : CompletableFuture.failedStage(failure));
    }

    @Override
    public CompletableFuture<Optional<byte[]>> get(byte[] key) {
        return retries.run("GET", key, () -> commands().get(key).thenApply(LettuceLink::bytes));
    }

    @Override
    public CompletableFuture<Optional<byte[]>> begin(byte[] key, int bytes) {
        return retries.run(
                "GETRANGE",
                key,
                () ->
                        commands()
                                .getrange(key, 0, bytes - 1L)
                                .thenApply(
                                        value -> bytes(value).filter(begin -> begin.length > 0)));
    }

    @Override
    public CompletableFuture<Long> length(byte[] key) {
        return retries.run(
                "STRLEN",
                key,
                () ->
                        commands()
                                .strlen(key)
                                .thenApply(length -> length == 0 ? MISSING : (long) length));
    }

    @Override
    public CompletableFuture<Long> remove(List<byte[]> keys) {
        if (keys.isEmpty()) {
            return CompletableFuture.completedFuture(0L);
        }
        byte[][] all = keys.toArray(byte[][]::new);
        return retries.run("UNLINK", all[0], () -> commands().unlink(all));
    }

    @Override
    public CompletableFuture<Optional<byte[]>> script(
            String script, byte[] key, List<byte[]> arguments) {
        return retries.run(
                "EVAL",
                key,
                () -> {
                    Outgoing[] values =
                            arguments.stream().map(Outgoing::of).toArray(Outgoing[]::new);
                    CompletionStage<@Nullable Outgoing> answer =
                            commands()
                                    .eval(
                                            script,
                                            ScriptOutputType.VALUE,
                                            new byte[][] {key},
                                            values);
                    return answer.thenApply(LettuceLink::bytes);
                });
    }

    @Override
    public CompletableFuture<Void> setField(
            byte[] key, String field, byte[] value, Duration timeToLive) {
        CompletableFuture<Void> set =
                sending(
                        "HSET",
                        key,
                        ChunkBytes.of(value),
                        outgoing -> hashes().hset(key, name(field), outgoing).thenApply(_ -> null));
        return timeToLive.isZero()
                ? set
                : set.thenCompose(_ ->
                        retries.run(
                                "PEXPIRE",
                                key,
                                () ->
                                        commands()
                                                .pexpire(key, timeToLive.toMillis())
                                                .thenApply(_ -> null)));
    }

    @Override
    public CompletableFuture<Map<String, byte[]>> fields(byte[] key) {
        return retries.run(
                "HGETALL", key, () -> hashes().hgetall(key).thenApply(LettuceLink::fields));
    }

    @Override
    public CompletableFuture<Void> removeField(byte[] key, String field) {
        return retries.run("HDEL", key, () -> hashes().hdel(key, name(field)).thenApply(_ -> null));
    }

    @Override
    public List<byte[]> scan(byte[] pattern) {
        List<byte[]> found = new ArrayList<>();
        ScanArgs arguments = ScanArgs.Builder.limit(SCAN_COUNT).match(pattern);
        try {
            for (RedisClusterCommands<byte[], Outgoing> master : connections.masters()) {
                KeyScanCursor<byte[]> page = master.scan(arguments);
                found.addAll(page.getKeys());
                while (!page.isFinished()) {
                    page = master.scan(ScanCursor.of(page.getCursor()), arguments);
                    found.addAll(page.getKeys());
                }
            }
        } catch (RuntimeException failure) {
            throw Failures.asShelfException(failure, "SCAN", "", connections.isCluster());
        }
        return found;
    }

    @Override
    public ServerFacts facts() {
        int masters = 0;
        long used = 0;
        long most = 0;
        boolean limited = true;
        String policy = "";
        try {
            for (RedisClusterCommands<byte[], Outgoing> master : connections.masters()) {
                String info = master.info("memory");
                masters++;
                used += number(info, "used_memory");
                long limit = number(info, "maxmemory");
                limited &= limit > 0;
                most += limit;
                policy = policy.isEmpty() ? text(info, "maxmemory_policy") : policy;
            }
        } catch (RuntimeException failure) {
            // Proxies and narrow ACLs refuse INFO: then nothing is known, which is no failure.
            System.getLogger(LettuceLink.class.getName())
                    .log(System.Logger.Level.DEBUG, "INFO refused", failure);
            return new ServerFacts(Math.max(1, masters), 0, 0, "");
        }
        return new ServerFacts(masters, limited ? most : 0, used, policy);
    }

    @Override
    public long retries() {
        return retries.retried();
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
        bulk.close();
        connections.close();
    }

    /// A command with a value that must not be read any more when its try is over.
    private CompletableFuture<Void> sending(
            String what,
            byte[] key,
            ChunkBytes value,
            java.util.function.Function<Outgoing, CompletionStage<@Nullable Void>> send) {
        return retries.run(
                what,
                key,
                () -> {
                    Outgoing outgoing = new Outgoing(value);
                    return send.apply(outgoing).whenComplete((_, _) -> outgoing.revoke());
                });
    }

    private RedisHashAsyncCommands<byte[], Outgoing> hashes() {
        return commands();
    }

    private static byte[] name(String field) {
        return field.getBytes(StandardCharsets.UTF_8);
    }

    private static Map<String, byte[]> fields(Map<byte[], Outgoing> answer) {
        Map<String, byte[]> fields = new LinkedHashMap<>();
        answer.forEach((field, value) ->
                fields.put(new String(field, StandardCharsets.UTF_8), value.toArray()));
        return fields;
    }

    private static Optional<byte[]> bytes(@Nullable Outgoing value) {
        return Optional.ofNullable(value).map(Outgoing::toArray);
    }

    private static long number(String info, String name) {
        String text = text(info, name);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static String text(String info, String name) {
        return info.lines()
                .filter(line -> line.startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse("");
    }
}
