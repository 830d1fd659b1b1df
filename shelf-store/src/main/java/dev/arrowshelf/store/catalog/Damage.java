package dev.arrowshelf.store.catalog;

import com.google.errorprone.annotations.FormatMethod;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// Makes the error for stored bytes that do not fit their format.
final class Damage {
    private Damage() {}

    @FormatMethod
    static ShelfException of(String message, Object... values) {
        return new ShelfException(ErrorCode.CORRUPT, message.formatted(values));
    }
}
