package dev.arrowshelf.client.local;

import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.PlannedCopy;
import dev.arrowshelf.store.owner.PlannedFile;
import dev.arrowshelf.store.owner.PutPlan;
import dev.arrowshelf.store.table.PutPort;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/// Puts through the control socket of a daemon on this host.
///
/// Thread rule: safe for several threads, each put has a connection to itself. Memory rule:
/// [#close] ends idle connections; an open put ends its own.
public final class SocketPort implements PutPort, AutoCloseable {
    private static final int POPULATES = 1;
    private static final int FAIL_WHEN_EXISTS = 2;
    private static final int VALIDATE_UTF8 = 4;
    private static final int PLAN_ENTRY_LIMIT = 1 << 21;

    private final LinkPool links;
    private final int smallTableLimit;

    private SocketPort(LinkPool links, int smallTableLimit) {
        this.links = links;
        this.smallTableLimit = smallTableLimit;
    }

    /// Connects to the daemon that serves a directory.
    ///
    /// @throws ShelfException `UNAVAILABLE` when none does
    public static SocketPort connect(Path directory) {
        LinkPool links = new LinkPool(directory);
        ControlLink link = links.take();
        links.giveBack(link);
        return new SocketPort(links, link.smallTableLimit());
    }

    @Override
    public TableInfo putSmall(byte[] key, MemorySegment stream, PutOptions options) {
        long generation =
                links.request(
                        LocalVerb.PUT_SMALL,
                        request -> request.u32(flags(options)).bytes(key).bytes(stream),
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
                                    request.u32(flags(options) | POPULATES)
                                            .bytes(key)
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
                                request.u32(flags(options) | POPULATES)
                                        .bytes(key)
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

    private static int flags(PutOptions options) {
        return (options.replace() ? 0 : FAIL_WHEN_EXISTS)
                | (options.validateUtf8() ? VALIDATE_UTF8 : 0);
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
