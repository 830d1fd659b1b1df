package dev.arrowshelf.cli.prompt;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/// Output that goes to a pager once it has more lines than the screen, and to standard output when
/// it ends before. For one thread; closing it waits for the pager's end.
final class PagedOutput extends OutputStream {
    private final OutputStream target;
    private final PagerCommand pager;
    private final int screenLines;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private @Nullable Process process;
    private @Nullable OutputStream sink;
    private int lines;

    /// @param target standard output
    PagedOutput(OutputStream target, PagerCommand pager, int screenLines) {
        this.target = target;
        this.pager = pager;
        this.screenLines = screenLines;
    }

    @Override
    public void write(int single) throws IOException {
        write(new byte[] {(byte) single}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        OutputStream present = sink;
        if (present != null) {
            present.write(bytes, from, count);
            return;
        }
        kept.write(bytes, from, count);
        for (int i = from; i < from + count; i++) {
            lines += bytes[i] == '\n' ? 1 : 0;
        }
        if (lines >= screenLines) {
            start();
        }
    }

    private void start() throws IOException {
        process = pager.start();
        OutputStream opened = process == null ? target : process.getOutputStream();
        sink = opened;
        kept.writeTo(opened);
        kept.reset();
    }

    @Override
    public void flush() throws IOException {
        if (sink != null) {
            sink.flush();
        }
    }

    @Override
    public void close() throws IOException {
        Process running = process;
        if (running == null) {
            kept.writeTo(target);
            kept.reset();
            target.flush();
            return;
        }
        try {
            running.getOutputStream().close();
        } catch (IOException _) {
            // the pager was left before the end
        }
        await(running);
    }

    private static void await(Process running) {
        try {
            running.waitFor();
        } catch (InterruptedException _) {
            running.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
