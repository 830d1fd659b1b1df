package dev.arrowshelf.cli.line;

import java.util.LinkedHashMap;
import java.util.Map;

/// The exit codes of the command, the same for all subcommands.
public final class ExitCode {
    public static final int OK = 0;
    public static final int USER = 1;
    public static final int USAGE = 2;
    public static final int RESOURCE = 3;
    public static final int EXTERNAL = 4;
    public static final int INTERNAL = 5;

    private ExitCode() {}

    /// Returns the list for the help.
    public static Map<String, String> descriptions() {
        Map<String, String> descriptions = new LinkedHashMap<>();
        descriptions.put(
                " 0", "done; also a server that was told to stop (SIGTERM, SIGINT, shutdown)");
        descriptions.put(" 1", "no such table, or a request that cannot be fulfilled as it is");
        descriptions.put(" 2", "wrong options or arguments");
        descriptions.put(" 3", "memory, disk or another limit is used up");
        descriptions.put(
                " 4",
                "something else failed: a file, a port, a daemon that does not answer, another owner");
        descriptions.put(" 5", "damaged state, or a bug");
        return descriptions;
    }
}
