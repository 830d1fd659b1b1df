package dev.arrowshelf.store.space;

import dev.arrowshelf.memory.ForeignFileException;
import dev.arrowshelf.memory.NoSpaceException;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;

/// Makes the shelf's errors from those of files and system calls.
public final class Failures {
    private Failures() {}

    /// Returns the shelf's error with the other as its cause.
    public static ShelfException of(IOException failure) {
        ErrorCode code =
                switch (failure) {
                    case NoSpaceException _ -> ErrorCode.OUT_OF_MEMORY;
                    case ForeignFileException _ -> ErrorCode.FORBIDDEN;
                    default -> ErrorCode.IO;
                };
        return new ShelfException(code, String.valueOf(failure.getMessage()), failure);
    }

    /// Returns the error of every call on a closed shelf.
    public static ShelfException closed(Object path) {
        return new ShelfException(ErrorCode.CLOSED, "shelf is closed: directory=" + path);
    }
}
