package dev.arrowshelf.cli.demo;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// The shelves of demos that were killed before they could remove them.
final class DemoLeftovers {
    private static final String PREFIX = "demo-";

    private static final String SMALL = "-small";

    private DemoLeftovers() {}

    /// Returns the directory of this process's demo.
    static Path ownDirectory(Path shelves) {
        return shelves.resolve(PREFIX + ProcessHandle.current().pid());
    }

    /// Returns the directory of a second, small shelf of this process's demo.
    static Path smallDirectory(Path shelves) {
        return shelves.resolve(PREFIX + ProcessHandle.current().pid() + SMALL);
    }

    /// Removes the shelves of demos whose process is gone.
    static void sweep(Path shelves) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(shelves, PREFIX + "*")) {
            for (Path directory : found) {
                if (isLeft(directory)) {
                    remove(directory);
                }
            }
        } catch (NoSuchFileException _) {
            // nobody of this user has a shelf in the usual place
        }
    }

    private static boolean isLeft(Path directory) {
        String name = directory.getFileName().toString().substring(PREFIX.length());
        String pid =
                name.endsWith(SMALL) ? name.substring(0, name.length() - SMALL.length()) : name;
        return pid.matches("[0-9]{1,18}")
                && Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                && ProcessHandle.of(Long.parseLong(pid)).isEmpty();
    }

    /// Becomes the owner, which nobody else can be at the same time, and leaves as an ephemeral one
    /// does.
    private static void remove(Path directory) {
        try {
            Shelf.open(ShelfOptions.of(directory).withEphemeral(true)).close();
        } catch (ShelfException owned) {
            if (owned.code() != ErrorCode.SHELF_OWNED) {
                throw owned;
            }
        }
    }
}
