package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Path;

/// Something lies where a file of the shelf should be that the owner never put there: a link, a
/// pipe, another user's file.
public final class ForeignFileException extends IOException {
    private static final long serialVersionUID = 1L;

    public ForeignFileException(String fact, Path path, String numbers) {
        super(fact + ": path=" + path + (numbers.isEmpty() ? "" : ", " + numbers));
    }
}
