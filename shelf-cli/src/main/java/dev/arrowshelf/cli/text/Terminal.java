package dev.arrowshelf.cli.text;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The standard streams of the process. Text is UTF-8 whatever the locale says, and is buffered
/// until [#flush].
///
/// @param in standard input
/// @param out standard output
/// @param bytesOut standard output for bytes that are no text; flush `out` before writing here
/// @param err standard error
/// @param errIsTerminal whether somebody watches standard error
/// @param inIsTerminal whether somebody can answer a question
/// @param outIsTerminal whether somebody watches standard output
public record Terminal(
        InputStream in,
        PrintStream out,
        OutputStream bytesOut,
        PrintStream err,
        boolean errIsTerminal,
        boolean inIsTerminal,
        boolean outIsTerminal) {
    /// Returns the streams of this process.
    public static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                print(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.out),
                print(FileDescriptor.err),
                isTerminal(2),
                isTerminal(0),
                isTerminal(1));
    }

    /// Pushes out what was printed.
    public void flush() {
        out.flush();
        err.flush();
    }

    private static PrintStream print(FileDescriptor descriptor) {
        return new PrintStream(
                new BufferedOutputStream(new FileOutputStream(descriptor), 1 << 13),
                false,
                StandardCharsets.UTF_8);
    }

    private static boolean isTerminal(int descriptor) {
        try {
            Path target =
                    Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(descriptor)));
            return target.startsWith("/dev/pts") || target.toString().startsWith("/dev/tty");
        } catch (IOException _) {
            return false;
        }
    }
}
