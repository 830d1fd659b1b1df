package dev.arrowshelf.memory.owner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// One process of this host, told apart from later ones that get the same pid by its start time.
///
/// @param startTime clock ticks since the host started (field 22 of `/proc/<pid>/stat`)
public record ProcessIdentity(long pid, long startTime) {
    public ProcessIdentity {
        if (pid < 0 || startTime < 0) {
            throw new IllegalArgumentException(
                    "no process: pid=%d, startTime=%d".formatted(pid, startTime));
        }
    }

    /// This process.
    public static ProcessIdentity self() throws IOException {
        long pid = ProcessHandle.current().pid();
        String[] fields = statFields(pid);
        return new ProcessIdentity(pid, startTime(fields));
    }

    /// Whether that very process runs, as far as this pid namespace can tell.
    public boolean isAlive() {
        if (pid == 0) {
            return false;
        }
        try {
            String[] fields = statFields(pid);
            boolean ended = fields[0].equals("Z") || fields[0].equals("X");
            return !ended && startTime(fields) == startTime;
        } catch (IOException _) { // no such process
            return false;
        }
    }

    /// The fields from the third (state) on; the second may hold spaces and parentheses of its own.
    private static String[] statFields(long pid) throws IOException {
        String line = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    }

    private static long startTime(String[] fieldsFromThird) {
        return Long.parseLong(fieldsFromThird[22 - 3]);
    }
}
