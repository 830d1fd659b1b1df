package dev.arrowshelf.redis.link;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A connection for large values: the system moves them between its socket and the caller's memory,
/// with no buffer in between. In RESP 2; answers come in the order of the commands; reads and
/// writes block.
///
/// For one thread, but for [#close], by which any thread ends what is under way. Memory given to a
/// method is not used any more when it returns or throws.
final class BulkConnection implements AutoCloseable {
    private static final int REPLY_BYTES = 2048;
    private static final long STEP_BYTES = 1 << 18;
    private static final byte[] END = {'\r', '\n'};

    private final SocketChannel channel;

    /// What was received and not yet looked at, between position and limit.
    private final ByteBuffer reply = ByteBuffer.allocateDirect(REPLY_BYTES).limit(0);

    private BulkConnection(SocketChannel channel) {
        this.channel = channel;
    }

    /// A reply that says no. The connection can be used on.
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;

        RefusedException(String reply) {
            super("Redis refuses: reply=" + reply);
        }
    }

    /// Returns a connection that is not open yet, so that it can be closed while it opens.
    static BulkConnection to(SocketAddress address) throws IOException {
        return new BulkConnection(
                address instanceof UnixDomainSocketAddress
                        ? SocketChannel.open(StandardProtocolFamily.UNIX)
                        : SocketChannel.open());
    }

    /// Connects and logs in.
    void open(SocketAddress address, RedisOptions options) throws IOException {
        connect(address, options.limits());
        RedisOptions.Login login = options.login();
        if (!login.user().isEmpty()) {
            requireOk("AUTH", login.user(), login.password());
        } else if (!login.password().isEmpty()) {
            requireOk("AUTH", login.password());
        }
        int database = options.url().database();
        if (options.mode() != RedisOptions.Mode.CLUSTER && database != 0) {
            requireOk("SELECT", Integer.toString(database));
        }
    }

    private void connect(SocketAddress address, RedisOptions.Limits limits) throws IOException {
        if (!(address instanceof InetSocketAddress named)) {
            channel.connect(address);
            return;
        }
        InetSocketAddress found = new InetSocketAddress(named.getHostString(), named.getPort());
        if (found.isUnresolved()) {
            throw new UnknownHostException(named.getHostString());
        }
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, limits.keepAlive());
        channel.socket().connect(found, Math.toIntExact(limits.connectTimeout().toMillis()));
    }

    /// Sends a command that sets a value, and returns the value's CRC-32C where it is asked for: it
    /// is taken step by step, just before a step is sent.
    int sendSet(byte[] key, ChunkBytes value, Duration timeToLive, boolean summed)
            throws IOException {
        boolean forEver = timeToLive.isZero();
        CRC32C crc = new CRC32C();
        List<ByteBuffer> parts = new ArrayList<>();
        parts.add(ascii("*%d\r\n$3\r\nSET\r\n$%d\r\n".formatted(forEver ? 3 : 5, key.length)));
        parts.add(ByteBuffer.wrap(key));
        parts.add(ascii("\r\n$" + value.bytes() + "\r\n"));
        long stepBytes = summed ? STEP_BYTES : ChunkBytes.MOST_BYTES;
        long unsent = 0;
        for (MemorySegment piece : value.pieces()) {
            for (long at = 0; at < piece.byteSize(); at += stepBytes) {
                long bytes = Math.min(stepBytes, piece.byteSize() - at);
                ByteBuffer step = piece.asSlice(at, bytes).asByteBuffer();
                parts.add(step);
                unsent += bytes;
                if (summed) {
                    crc.update(step.duplicate());
                }
                if (unsent >= stepBytes) {
                    write(parts);
                    unsent = 0;
                }
            }
        }
        parts.add(end());
        if (!forEver) {
            String millis = Long.toString(timeToLive.toMillis());
            parts.add(ascii("$2\r\nPX\r\n$" + millis.length() + "\r\n" + millis + "\r\n"));
        }
        write(parts);
        return (int) crc.getValue();
    }

    /// Receives the answer to a command that sets a value.
    void receiveOk() throws IOException {
        requireOk(line());
    }

    /// Sends a command that reads a value.
    void sendGet(byte[] key) throws IOException {
        write(ascii("*2\r\n$3\r\nGET\r\n$" + key.length + "\r\n"), ByteBuffer.wrap(key), end());
    }

    /// Receives a value into memory. Of one that is longer than the memory nothing is written, and
    /// the connection is closed.
    ///
    /// @param summed whether its CRC-32C is taken, piece by piece as it comes
    RedisLink.Arrived receiveValue(MemorySegment target, boolean summed) throws IOException {
        String line = line();
        if (!line.startsWith("$")) {
            throw refused(line);
        }
        long length = length(line);
        if (length < 0) {
            return RedisLink.Arrived.NOTHING;
        }
        CRC32C crc = new CRC32C();
        if (length > target.byteSize()) {
            close();
        } else {
            receive(target.asSlice(0, length).asByteBuffer(), summed ? crc : null);
        }
        return new RedisLink.Arrived(length, (int) crc.getValue());
    }

    private static long length(String line) throws IOException {
        try {
            return Long.parseLong(line, 1, line.length(), 10);
        } catch (NumberFormatException garbled) {
            throw new IOException("reply makes no sense: reply=" + line, garbled);
        }
    }

    /// What came with the reply's first line is copied; all else comes from the socket to its
    /// place.
    private void receive(ByteBuffer body, @Nullable CRC32C crc) throws IOException {
        int ready = Math.min(reply.remaining(), body.remaining());
        body.put(reply.slice(reply.position(), ready));
        reply.position(reply.position() + ready).compact();
        ByteBuffer[] targets = {body, reply};
        int summed = 0;
        while (body.hasRemaining() || reply.position() < END.length) {
            if (channel.read(targets) < 0) {
                throw closed();
            }
            if (crc != null) {
                crc.update(body.slice(summed, body.position() - summed));
                summed = body.position();
            }
        }
        if (crc != null) {
            crc.update(body.slice(summed, body.position() - summed));
        }
        reply.flip();
        if (reply.get() != END[0] || reply.get() != END[1]) {
            throw new IOException("value has no end where it should");
        }
    }

    /// Returns the next line of a reply, without its end.
    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (line.length() < REPLY_BYTES) {
            if (!reply.hasRemaining()) {
                reply.clear();
                int received = channel.read(reply);
                reply.flip();
                if (received < 0) {
                    throw closed();
                }
            }
            while (reply.hasRemaining()) {
                char next = (char) (reply.get() & 0xFF);
                if (next == '\n') {
                    return line.toString().strip();
                }
                line.append(next);
            }
        }
        throw new IOException("reply makes no sense: reply=" + line);
    }

    private void requireOk(String... words) throws IOException {
        List<ByteBuffer> parts = new ArrayList<>();
        parts.add(ascii("*" + words.length + "\r\n"));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            parts.add(ascii("$" + bytes.length + "\r\n"));
            parts.add(ByteBuffer.wrap(bytes));
            parts.add(end());
        }
        write(parts);
        requireOk(line());
    }

    private static void requireOk(String line) throws IOException {
        if (!line.equals("+OK")) {
            throw refused(line);
        }
    }

    private static IOException refused(String line) {
        return line.startsWith("-")
                ? new RefusedException(line)
                : new IOException("reply makes no sense: reply=" + line);
    }

    private static IOException closed() {
        return new IOException("connection was closed by Redis");
    }

    private void write(List<ByteBuffer> parts) throws IOException {
        write(parts.toArray(ByteBuffer[]::new));
        parts.clear();
    }

    private void write(ByteBuffer... parts) throws IOException {
        int first = 0;
        while (first < parts.length) {
            long _ = channel.write(parts, first, parts.length - first);
            while (first < parts.length && !parts[first].hasRemaining()) {
                first++;
            }
        }
    }

    private static ByteBuffer end() {
        return ByteBuffer.wrap(END);
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /// Returns whether commands can be sent.
    boolean isOpen() {
        return channel.isOpen();
    }

    /// Idempotent.
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            System.getLogger(BulkConnection.class.getName())
                    .log(System.Logger.Level.DEBUG, "connection does not close", failure);
        }
    }
}
