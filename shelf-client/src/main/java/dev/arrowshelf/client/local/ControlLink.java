package dev.arrowshelf.client.local;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.function.Function;

/// One connection to the owner of a shelf directory.
///
/// Thread rule: for one thread at a time. Memory rule: owns its socket; closing it aborts the puts
/// it has open.
final class ControlLink implements AutoCloseable {
    private static final int PROTOCOL_VERSION = 1;
    private static final int HAS_TIER = 1;

    private final SocketChannel channel;
    private final Path directory;
    private final Frame frame = new Frame();
    private final int smallTableLimit;
    private final boolean tier;
    private boolean broken;
    private boolean sent;

    private ControlLink(SocketChannel channel, Path directory) {
        this.channel = channel;
        this.directory = directory;
        Greeting greeting =
                request(
                        LocalVerb.HELLO,
                        hello ->
                                hello.u32(PROTOCOL_VERSION)
                                        .u32((int) ProcessHandle.current().pid())
                                        .bytes(
                                                "java"
                                                        .getBytes(
                                                                java.nio.charset.StandardCharsets
                                                                        .UTF_8)),
                        answer -> {
                            int version = answer.u32();
                            if (version != PROTOCOL_VERSION) {
                                throw new ShelfException(
                                        ErrorCode.UNAVAILABLE,
                                        "daemon speaks another protocol: version="
                                                + version
                                                + ", known="
                                                + PROTOCOL_VERSION);
                            }
                            byte[] _ = answer.raw(16);
                            String _ = answer.text();
                            int limit = answer.u32();
                            int _ = answer.u32();
                            return new Greeting(limit, (answer.u32() & HAS_TIER) != 0);
                        });
        this.smallTableLimit = greeting.smallTableLimit();
        this.tier = greeting.tier();
    }

    private record Greeting(int smallTableLimit, boolean tier) {}

    /// Connects to the daemon that serves a directory.
    ///
    /// @throws ShelfException `UNAVAILABLE` naming the directory and how to start a daemon
    static ControlLink connect(Path directory) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(directory.resolve("shelf.sock")));
            return new ControlLink(channel, directory);
        } catch (IOException | RuntimeException failure) {
            close(channel, failure);
            if (failure instanceof ShelfException typed) {
                throw typed;
            }
            throw new ShelfException(
                    ErrorCode.UNAVAILABLE,
                    "no daemon answers: directory="
                            + directory
                            + ", error="
                            + failure.getMessage()
                            + " (start one: arrowshelf server --dir "
                            + directory
                            + ")",
                    failure);
        }
    }

    /// Sends one request and reads its answer.
    ///
    /// @throws ShelfException what the owner answered, or `UNAVAILABLE` when the connection broke
    <T> T request(LocalVerb verb, Consumer<Frame> parts, Function<Frame.Answer, T> reader) {
        Frame request = frame.begin(verb);
        parts.accept(request);
        sent = false;
        Frame.Answer answer;
        try {
            exchange(request.finish());
        } catch (IOException | RuntimeException failure) {
            broken = true;
            throw new ShelfException(
                    ErrorCode.UNAVAILABLE,
                    "connection to the daemon broke: directory="
                            + directory
                            + ", verb="
                            + verb
                            + ", error="
                            + failure.getMessage(),
                    failure);
        }
        answer = frame.answer();
        return reader.apply(answer);
    }

    private void exchange(ByteBuffer request) throws IOException {
        while (request.hasRemaining()) {
            channel.write(request);
        }
        sent = true;
        fill(frame.receiveHeader());
        fill(frame.receivePayload());
    }

    private void fill(ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (channel.read(target) < 0) {
                throw new EOFException("closed by the daemon");
            }
        }
    }

    /// Returns whether the connection cannot be used any more.
    boolean isBroken() {
        return broken;
    }

    /// Returns whether the daemon may have seen the last request.
    boolean wasSent() {
        return sent;
    }

    int smallTableLimit() {
        return smallTableLimit;
    }

    /// Returns whether other hosts share tables of this shelf.
    boolean hasTier() {
        return tier;
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() {
        broken = true;
        close(channel, null);
    }

    private static void close(
            @org.jspecify.annotations.Nullable SocketChannel channel,
            @org.jspecify.annotations.Nullable Exception cause) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (IOException failure) {
            if (cause != null) {
                cause.addSuppressed(failure);
            }
        }
    }
}
