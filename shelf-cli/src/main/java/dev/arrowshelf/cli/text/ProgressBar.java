package dev.arrowshelf.cli.text;

import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A line on a terminal that shows how far a long step has come. It appears after a second, and is
/// wiped away when closed. One thread of its own reads the progress; closing ends it.
public final class ProgressBar implements AutoCloseable {
    private static final long FIRST_MILLIS = 1000;
    private static final long EVERY_MILLIS = 100;
    private static final int WIDTH = 30;

    private final PrintStream out;
    private final Supplier<String> line;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final @Nullable Thread painter;

    /// Starts watching a step. Where standard error is not a terminal nothing is ever painted.
    ///
    /// @param terminal where to paint
    /// @param step what is going on, one word
    /// @param totalBytes bytes in all; 0 when not known
    /// @param doneBytes bytes done so far; called from another thread
    public ProgressBar(Terminal terminal, String step, long totalBytes, LongSupplier doneBytes) {
        this(terminal, step, () -> totalBytes, doneBytes);
    }

    /// Starts watching a step whose size is found out on the way.
    ///
    /// @param totalBytes bytes in all; 0 when not known yet; called from another thread
    public ProgressBar(
            Terminal terminal, String step, LongSupplier totalBytes, LongSupplier doneBytes) {
        this(terminal, () -> line(step, doneBytes.getAsLong(), totalBytes.getAsLong()));
    }

    /// Starts watching something that has a line of its own; asked for it from another thread.
    public ProgressBar(Terminal terminal, Supplier<String> line) {
        out = terminal.err();
        this.line = line;
        painter =
                terminal.errIsTerminal()
                        ? Thread.ofPlatform().daemon().name("progress").start(this::paint)
                        : null;
    }

    @Override
    public void close() {
        closed.countDown();
        try {
            if (painter != null) {
                painter.join();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void paint() {
        try {
            if (closed.await(FIRST_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
            do {
                out.print("\r\u001b[K" + line.get());
                out.flush();
            } while (!closed.await(EVERY_MILLIS, TimeUnit.MILLISECONDS));
            out.print("\r\u001b[K");
            out.flush();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    static String line(String step, long done, long total) {
        String amount = Figures.grouped(done >> 20) + " MiB";
        if (total <= 0) {
            return step + "  " + amount;
        }
        return line(step, (double) done / total) + "  " + amount;
    }

    /// Returns the line of a step of which a share is done.
    public static String line(String step, double share) {
        double shown = Math.clamp(share, 0, 1);
        int filled = (int) (shown * WIDTH);
        StringBuilder text = new StringBuilder(step).append("  [");
        text.repeat('#', filled).repeat('.', WIDTH - filled).append("]  ");
        return text.append((int) (shown * 100)).append(" %").toString();
    }
}
