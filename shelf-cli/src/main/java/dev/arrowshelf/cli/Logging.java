package dev.arrowshelf.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.logging.LogManager;

/// Where log lines go: java.util.logging, one line each on standard error. Libraries use
/// [System.Logger] or SLF4J, both of which end here.
public final class Logging {
    private static final String CONFIGURATION =
            """
            handlers = java.util.logging.ConsoleHandler
            .level = WARNING
            dev.arrowshelf.level = INFO
            io.lettuce.level = SEVERE
            java.util.logging.ConsoleHandler.level = ALL
            java.util.logging.ConsoleHandler.formatter = java.util.logging.SimpleFormatter
            java.util.logging.SimpleFormatter.format = %1$tFT%1$tT.%1$tL %4$s %3$s: %5$s%6$s%n
            """;

    /// Called by the log manager, by name, when the first logger is asked for.
    public Logging() throws IOException {
        LogManager.getLogManager()
                .readConfiguration(
                        new ByteArrayInputStream(CONFIGURATION.getBytes(StandardCharsets.UTF_8)));
    }

    /// Makes this the configuration, unless the user named one. Costs nothing until something is
    /// logged.
    static void configure() {
        if (System.getProperty("java.util.logging.config.file") == null
                && System.getProperty("java.util.logging.config.class") == null) {
            System.setProperty("java.util.logging.config.class", Logging.class.getName());
        }
    }
}
