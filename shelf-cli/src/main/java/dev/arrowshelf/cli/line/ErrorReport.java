package dev.arrowshelf.cli.line;

import dev.arrowshelf.cli.text.PrintableText;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/// Turns a failure into one line on standard error and an exit code.
public final class ErrorReport {
    private ErrorReport() {}

    /// Prints a failure and returns its exit code.
    ///
    /// @param debug whether the stack trace is printed as well
    public static int print(Throwable failure, PrintStream err, boolean debug) {
        printLine(err, message(failure));
        if (debug) {
            failure.printStackTrace(err);
        }
        return exitCode(failure);
    }

    /// Prints one line with the command's name before it.
    public static void printLine(PrintStream err, String message) {
        err.println("arrowshelf: " + PrintableText.of(message));
    }

    private static int exitCode(Throwable failure) {
        return switch (failure) {
            case ShelfException shelf ->
                    switch (shelf.kind()) {
                        case USER -> ExitCode.USER;
                        case RESOURCE -> ExitCode.RESOURCE;
                        case EXTERNAL -> ExitCode.EXTERNAL;
                        case INTERNAL -> ExitCode.INTERNAL;
                    };
            case NoSuchFileException _, FileAlreadyExistsException _ -> ExitCode.USER;
            case IOException _ -> ExitCode.EXTERNAL;
            case OutOfMemoryError _ -> ExitCode.RESOURCE;
            default -> ExitCode.INTERNAL;
        };
    }

    private static String message(Throwable failure) {
        return switch (failure) {
            case ShelfException shelf -> text(shelf);
            case NoSuchFileException missing -> "no such file: path=" + missing.getFile();
            case FileAlreadyExistsException existing ->
                    "file exists already: path=" + existing.getFile();
            case AccessDeniedException denied -> "access denied: path=" + denied.getFile();
            case FileSystemException file ->
                    "file operation failed: path="
                            + file.getFile()
                            + ", reason="
                            + file.getReason();
            case IOException io -> text(io);
            case OutOfMemoryError error ->
                    "not enough heap memory: " + text(error) + ", set=ARROWSHELF_JAVA_OPTS=-Xmx...";
            default -> "unexpected error (--debug shows more): error=" + failure;
        };
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
