package dev.arrowshelf.memory.pool;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.LeasedFileException;
import dev.arrowshelf.memory.NoSpaceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Files whose pages exist already, so that a put copies at memory speed: prepared in the
/// background, or left by dead segments.
///
/// Thread-safe. The lock (in [PoolState]) guards bookkeeping only; files are opened, renamed and
/// unlinked outside of it, so a blank is always either in the stock or in one thread's hands.
/// Everything in `pool/` counts as the pool's memory, whatever is taken counts as its taker's.
/// After `close` nothing is prepared any more; what lies in `pool/` is adopted at the next open.
public final class WarmPool implements AutoCloseable {
    private static final int MODE = 0600;
    private static final Pattern BLANK = Pattern.compile("([0-9a-f]{16})\\.blank");

    private final PoolSettings settings;
    private final PoolState state;
    private final PoolFiller filler;

    private WarmPool(PoolSettings settings) {
        this.settings = settings;
        this.state = new PoolState(settings);
        this.filler = new PoolFiller(this, state, settings);
    }

    /// Makes the pool of a shelf directory and adopts the blanks an earlier owner left.
    public static WarmPool open(PoolSettings settings) throws IOException {
        WarmPool pool = new WarmPool(settings);
        Files.createDirectories(settings.poolDirectory());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(settings.poolDirectory())) {
            for (Path path : files) {
                pool.adopt(path);
            }
        }
        return pool;
    }

    /// Begins to prepare blanks in the background.
    public void start() {
        if (settings.capBytes() > 0) {
            filler.start();
        }
    }

    /// Gives a file in `tmp/` with room for that many bytes: warm, partly warm or cold.
    ///
    /// @throws NoSpaceException when the file system is full even without the pool
    public Blank take(long bytes, ColdPages cold) throws IOException {
        return take(bytes, cold, settings.account()::shrink);
    }

    /// Gives a file likewise.
    ///
    /// @param taken is told, under the pool's lock, how many bytes of the pool are the taker's from
    ///   now on; called at most once for each blank that is tried
    /// @throws NoSpaceException when the file system is full even without the pool
    public Blank take(long bytes, ColdPages cold, LongConsumer taken) throws IOException {
        if (bytes <= 0) {
            throw new IllegalArgumentException("blank needs a length: bytes=" + bytes);
        }
        while (true) {
            try {
                return attemptTake(bytes, cold, taken);
            } catch (NoSpaceException full) {
                if (releaseForPut(bytes) == 0) {
                    throw full;
                }
            }
        }
    }

    /// Ends a blank that will not become a table: into the pool when nobody has it mapped, else it
    /// is removed.
    public RecycleAnswer giveBack(Blank blank) throws IOException {
        blank.close();
        return recycle(blank.path());
    }

    /// Makes a dead file's pages available again, or unlinks it, once nobody has it open or mapped.
    ///
    /// The file must have been renamed out of every reader's reach. Its old content stays in the
    /// blank.
    public RecycleAnswer recycle(Path dead) throws IOException {
        return recycle(dead, settings.account()::add);
    }

    /// Makes a dead file's pages available again, likewise.
    ///
    /// @param moved is told, under the pool's lock, how many bytes of the file are the pool's from
    ///   now on, which are less than its length where that is no multiple of 2 MiB
    public RecycleAnswer recycle(Path dead, LongConsumer moved) throws IOException {
        return recycle(dead, moved, settings.generations());
    }

    private RecycleAnswer recycle(Path dead, LongConsumer moved, LongSupplier generations)
            throws IOException {
        boolean asksKernel = settings.features().leases();
        try (FileHandle file = FileHandle.openReadOnly(dead)) {
            if (asksKernel && file.tryWriteLease() != LeaseAnswer.GRANTED) {
                return RecycleAnswer.IN_USE;
            }
            long bytes = file.size() / Blank.STEP_BYTES * Blank.STEP_BYTES;
            boolean reusable =
                    asksKernel
                            && settings.recycle()
                            && bytes > 0
                            && file.linkCount() == 1
                            && file.allocatedBytes() >= file.size();
            Optional<List<Stock.Item>> unwanted =
                    reusable ? state.reserveForRecycling(bytes, moved) : Optional.empty();
            if (unwanted.isPresent()) {
                moveIn(file, bytes, unwanted.get(), generations.getAsLong());
                return RecycleAnswer.POOLED;
            }
        } catch (NoSuchFileException _) { // somebody swept
            return RecycleAnswer.REMOVED;
        } catch (LeasedFileException _) { // another thread asks the same question
            return RecycleAnswer.IN_USE;
        }
        Files.deleteIfExists(dead);
        return RecycleAnswer.REMOVED;
    }

    /// What the pool holds, blanks being prepared included.
    public long bytes() {
        return state.bytes();
    }

    /// How much of what is in stock has huge pages.
    public long hugeBytes() {
        return state.hugeBytes();
    }

    /// Gives at least that many bytes back to the file system, as far as the pool has them; returns
    /// how many it gave.
    ///
    /// Nothing is prepared for a moment, so that the put which needs them gets them.
    public long releaseForPut(long bytesWanted) throws IOException {
        state.rest();
        long released = shrinkBy(bytesWanted);
        return released < bytesWanted ? released + state.cancelFilling() : released;
    }

    /// Lets the filler stand still until what is returned is closed, though not for longer than a
    /// second: for who needs all processors now, and has its pages.
    public Hold hold() {
        return new Hold(state);
    }

    /// The filler standing still; ends with the first [#close].
    public static final class Hold implements AutoCloseable {
        private final PoolState state;
        private final AtomicBoolean over = new AtomicBoolean();

        private Hold(PoolState state) {
            this.state = state;
            state.hold();
        }

        @Override
        public void close() {
            if (over.compareAndSet(false, true)) {
                state.release();
            }
        }
    }

    /// Shrinks the pool to at most that many bytes.
    public void trim(long targetBytes) throws IOException {
        shrinkBy(bytes() - targetBytes);
    }

    /// Ends the background work and waits for it; the second call does nothing.
    @Override
    public void close() {
        state.close();
        filler.join();
    }

    /// The filler, for one step at a time.
    PoolFiller filler() {
        return filler;
    }

    private Blank attemptTake(long bytes, ColdPages cold, LongConsumer taken) throws IOException {
        Blank warm = bytes < Blank.STEP_BYTES ? null : warmBlank(bytes, taken);
        Blank blank = warm != null ? warm : coldBlank(bytes);
        try {
            if (blank.bytes() < bytes) {
                blank.resize(bytes, cold);
            } else if (blank.warmBytes() < bytes && cold == ColdPages.ALLOCATED) {
                blank.allocateAll();
            }
            return blank;
        } catch (Throwable failure) {
            blank.close();
            Files.deleteIfExists(blank.path());
            throw failure;
        }
    }

    /// Takes a blank out of the stock, passing over those that somebody removed; null when it has
    /// none.
    private @Nullable Blank warmBlank(long bytes, LongConsumer taken) throws IOException {
        Blank found = null;
        Optional<Stock.Item> item = state.take(bytes, taken);
        while (found == null && item.isPresent()) {
            try {
                found = moveOut(item.get());
            } catch (NoSuchFileException _) {
                item = state.take(bytes, taken);
            }
        }
        return found;
    }

    private Blank moveOut(Stock.Item item) throws IOException {
        Path path = settings.takenPath(item.generation());
        Files.move(settings.blankPath(item.generation()), path, StandardCopyOption.ATOMIC_MOVE);
        return new Blank(
                FileHandle.openReadWrite(path),
                item.generation(),
                item.bytes(),
                item.bytes(),
                item.zero() ? 0 : item.bytes());
    }

    private Blank coldBlank(long bytes) throws IOException {
        long generation = settings.generations().getAsLong();
        FileHandle file = FileHandle.create(settings.takenPath(generation), MODE);
        long rounded = Blank.roundedSize(bytes);
        try {
            file.truncate(rounded);
        } catch (Throwable failure) {
            file.close();
            throw failure;
        }
        return new Blank(file, generation, rounded, 0, 0);
    }

    /// Turns a dead file that nobody has into a blank; all its pages are warm.
    private void moveIn(FileHandle dead, long bytes, List<Stock.Item> unwanted, long generation)
            throws IOException {
        Optional<Stock.Item> item = Optional.empty();
        try {
            unlink(unwanted);
            dead.chmod(MODE);
            Path path = settings.blankPath(generation);
            if (!path.equals(dead.path())) {
                Files.move(dead.path(), path, StandardCopyOption.ATOMIC_MOVE);
            }
            if (dead.size() > bytes) {
                try (FileHandle writable = FileHandle.openReadWrite(path)) {
                    writable.truncate(bytes);
                }
            }
            item = Optional.of(new Stock.Item(generation, bytes, false, false));
        } finally {
            state.recycled(bytes, item);
        }
    }

    private long shrinkBy(long bytes) throws IOException {
        List<Stock.Item> removed = state.remove(bytes);
        unlink(removed);
        return removed.stream().mapToLong(Stock.Item::bytes).sum();
    }

    private void unlink(List<Stock.Item> items) throws IOException {
        for (Stock.Item item : items) {
            Files.deleteIfExists(settings.blankPath(item.generation()));
            state.removed(item.bytes());
        }
    }

    /// Takes over a blank of an earlier owner, under its name, when it is whole and nobody has it;
    /// anything else in `pool/` goes.
    private void adopt(Path path) throws IOException {
        Matcher name = BLANK.matcher(path.getFileName().toString());
        if (!name.matches()) {
            Files.deleteIfExists(path);
            return;
        }
        long generation = HexFormat.fromHexDigitsToLong(name.group(1));
        recycle(path, settings.account()::add, () -> generation);
    }
}
