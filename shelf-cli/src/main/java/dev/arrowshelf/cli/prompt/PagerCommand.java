package dev.arrowshelf.cli.prompt;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The program that shows long output.
///
/// @param command for the shell; empty: none
record PagerCommand(String command) {
    /// What `less` is told unless the user says otherwise: leave at once when all fits, keep
    /// colours and the screen, cut long lines.
    private static final String LESS = "FRSX";

    /// Returns what the environment names, or less.
    static PagerCommand of(Map<String, String> environment) {
        return new PagerCommand(environment.getOrDefault("PAGER", "less"));
    }

    /// Starts the pager on this terminal; null when there is none.
    @Nullable Process start() throws IOException {
        if (command.isBlank()) {
            return null;
        }
        // without the program the shell would take the output with it
        ProcessBuilder builder =
                new ProcessBuilder(
                        "/bin/sh", "-c", "command -v less >/dev/null || exec cat; exec less");
        if (!command.equals("less")) {
            builder.command("/bin/sh", "-c", command);
        }
        builder.environment().putIfAbsent("LESS", LESS);
        return builder.redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
