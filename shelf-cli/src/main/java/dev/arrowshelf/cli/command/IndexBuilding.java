package dev.arrowshelf.cli.command;

import dev.arrowshelf.cli.line.CommandContext;
import dev.arrowshelf.cli.text.ProgressBar;
import dev.arrowshelf.cli.text.Terminal;
import dev.arrowshelf.client.local.IndexPort;
import dev.arrowshelf.client.local.OwnerBuild;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.vector.VectorSearch;
import dev.arrowshelf.vector.index.IndexBuild;
import dev.arrowshelf.vector.model.BuildRequest;
import dev.arrowshelf.vector.model.BuildState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A build of an index that a command waits for: in the daemon where there is one, otherwise in
/// this process. A signal that ends the command (Ctrl-C) cancels it.
///
/// Thread rule: for one thread; a bar and a signal look at it from theirs.
final class IndexBuilding {
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final int LOOKS_AFTER_CANCEL = 25;

    private final Source source;
    private volatile State last;

    private IndexBuilding(Source source) {
        this.source = source;
        this.last = source.state(Duration.ZERO);
    }

    /// Builds, and returns when the index is there. Errors: why it is not; `CANCELLED`.
    static void run(CommandContext context, VectorSearch search, BuildRequest request)
            throws IOException {
        Optional<Path> daemon = context.choice().daemon();
        if (daemon.isEmpty()) {
            new IndexBuilding(new Own(search.start(request))).watch(context.terminal());
            return;
        }
        try (IndexPort port = IndexPort.connect(daemon.get())) {
            new IndexBuilding(Owners.start(port, request)).watch(context.terminal());
        }
    }

    private void watch(Terminal terminal) {
        Thread cancel = Thread.ofPlatform().name("cancel").unstarted(this::cancel);
        Runtime.getRuntime().addShutdownHook(cancel);
        try (ProgressBar _ =
                new ProgressBar(terminal, () -> ProgressBar.line(last.phase(), last.share()))) {
            while (!last.over()) {
                last = source.state(LOOK);
            }
        } finally {
            forget(cancel);
        }
        ShelfException failure = last.failure();
        if (failure != null) {
            throw failure;
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            // The process ends already: the hook has begun.
        }
    }

    /// Runs while the process ends: waits a moment for the build to let go of its memory.
    private void cancel() {
        try {
            source.cancel();
            boolean over = false;
            for (int look = 0; look < LOOKS_AFTER_CANCEL && !over; look++) {
                over = source.state(LOOK).over();
            }
        } catch (ShelfException gone) {
            // The daemon ended first: then its builds are over as well.
            last = new State(true, "", 0, gone);
        }
    }

    /// How far it is.
    ///
    /// @param over whether nothing more will happen
    /// @param phase what is being done
    /// @param share of the phase that is done
    /// @param failure why there is no index; null otherwise
    private record State(
            boolean over, String phase, double share, @Nullable ShelfException failure) {}

    /// Where it is built.
    private sealed interface Source {
        /// Waits a time, or until it is over.
        State state(Duration wait);

        void cancel();
    }

    private record Own(IndexBuild build) implements Source {
        @Override
        public State state(Duration wait) {
            build.await(wait);
            BuildState now = build.state();
            return new State(
                    now.isOver(), now.progress().phase(), now.progress().share(), now.failure());
        }

        @Override
        public void cancel() {
            build.cancel();
        }
    }

    private record Owners(IndexPort port, long build) implements Source {
        static Owners start(IndexPort port, BuildRequest request) {
            return new Owners(
                    port,
                    port.build(
                            new IndexPort.Order(
                                    request.table(),
                                    request.columns(),
                                    request.metric().text(),
                                    request.kind().text(),
                                    request.settings().lists(),
                                    request.settings().storage().text())));
        }

        @Override
        public State state(Duration wait) {
            OwnerBuild now;
            try {
                now = port.state(build, wait);
            } catch (ShelfException failure) {
                if (failure.code() != ErrorCode.NOT_FOUND) {
                    throw failure;
                }
                throw new ShelfException(
                        ErrorCode.UNAVAILABLE,
                        "the daemon was started anew during the build: build=" + build,
                        failure);
            }
            return new State(now.isOver(), now.phase(), now.share(), now.failure());
        }

        @Override
        public void cancel() {
            port.cancel(build);
        }
    }
}
