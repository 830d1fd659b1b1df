package dev.arrowshelf.cli.rows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.atomic.AtomicLong;

/// A channel over an input stream that counts what has passed. One thread reads; others may ask
/// [#bytes].
public final class CountingInput implements ReadableByteChannel {
    private final ReadableByteChannel channel;
    private final AtomicLong bytes = new AtomicLong();

    public CountingInput(InputStream input) {
        channel = Channels.newChannel(input);
    }

    public long bytes() {
        return bytes.get();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        int count = channel.read(target);
        bytes.addAndGet(Math.max(0, count));
        return count;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
