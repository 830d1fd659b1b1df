package dev.arrowshelf.server;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Finds the process that listens on a TCP port of this host, for error messages.
final class PortHolder {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTEN = "0A";
    private static final int LOCAL_COLUMN = 1;
    private static final int STATE_COLUMN = 3;
    private static final int INODE_COLUMN = 9;

    private PortHolder() {}

    /// Returns `, heldByPid=..., command=...`, or what may be when it is another user's.
    static String describe(int port) {
        try {
            Set<String> sockets = listening(port);
            if (sockets.isEmpty()) {
                return "";
            }
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
                for (Path process : processes) {
                    if (holds(process, sockets)) {
                        return ", heldByPid="
                                + process.getFileName()
                                + ", command="
                                + command(process);
                    }
                }
            }
            return ", held by a process of another user (perhaps another daemon)";
        } catch (IOException | RuntimeException _) {
            return ""; // only a help
        }
    }

    private static Set<String> listening(int port) throws IOException {
        String local = ":%04X".formatted(port);
        Set<String> sockets = new HashSet<>();
        for (String table : List.of("net/tcp", "net/tcp6")) {
            for (String line : Files.readAllLines(PROC.resolve(table))) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns.length > INODE_COLUMN
                        && columns[LOCAL_COLUMN].endsWith(local)
                        && columns[STATE_COLUMN].equals(LISTEN)) {
                    sockets.add("socket:[" + columns[INODE_COLUMN] + "]");
                }
            }
        }
        return sockets;
    }

    private static boolean holds(Path process, Set<String> sockets) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path descriptor : descriptors) {
                if (sockets.contains(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
            return false;
        } catch (IOException _) {
            return false; // gone meanwhile, or not ours to look at
        }
    }

    private static String command(Path process) throws IOException {
        return Files.readString(process.resolve("cmdline")).replace('\0', ' ').strip();
    }
}
