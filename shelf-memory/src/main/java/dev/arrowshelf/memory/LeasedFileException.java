package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Path;

/// The owner is testing a lease on this file at this moment: it was taken off the shelf, so resolve
/// the name again.
public final class LeasedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    LeasedFileException(Path path) {
        super("file is leased by its owner: path=" + path);
    }
}
