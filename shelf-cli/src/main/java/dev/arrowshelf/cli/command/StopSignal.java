package dev.arrowshelf.cli.command;

/// What runs when the process is told to end by a signal: SIGTERM, SIGINT or SIGHUP. The process
/// then ends with exit code 0, since that is how a daemon is stopped.
///
/// Thread-safe. The action runs on a thread of its own, while all others go on.
final class StopSignal {
    private final Thread hook;

    private StopSignal(Thread hook) {
        this.hook = hook;
    }

    /// Begins to listen.
    static StopSignal install(Runnable action) {
        Thread hook =
                Thread.ofPlatform()
                        .name("stop")
                        .unstarted(() -> {
                            action.run();
                            // The virtual machine would end with 128 + the signal's number.
                            Runtime.getRuntime().halt(0);
                        });
        Runtime.getRuntime().addShutdownHook(hook);
        return new StopSignal(hook);
    }

    /// Stops listening, before an orderly end. When a signal is being handled, the action has begun
    /// and cannot be taken back: then this waits for the end of the process.
    void remove() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException _) {
            awaitEnd();
        }
    }

    private void awaitEnd() {
        try {
            hook.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
