package dev.arrowshelf.server.control;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// What a local client can ask for; the ordinal plus one is the number on the wire.
enum Verb {
    HELLO,
    PING,
    PUT_SMALL,
    PUT_BEGIN,
    PUT_APPEND,
    PUT_COMMIT,
    PUT_ABORT,
    DELETE,
    DELETE_ALL,
    LIST,
    STATUS,
    SHUTDOWN,
    PLACE_BEGIN,
    PLACE_GROW,
    PLACE_COMMIT,
    INFO,
    QUERY,
    QUERY_CANCEL,
    SEARCH;

    private static final Verb[] ALL = values();

    static Verb of(int code) {
        if (code < 1 || code > ALL.length) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "unknown verb: code=" + code + ", known=1.." + ALL.length);
        }
        return ALL[code - 1];
    }
}
