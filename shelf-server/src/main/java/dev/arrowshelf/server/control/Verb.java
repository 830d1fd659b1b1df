package dev.arrowshelf.server.control;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;

/// What a local client can ask for, with its number on the wire.
enum Verb {
    HELLO(1),
    PING(2),
    PUT_SMALL(3),
    PUT_BEGIN(4),
    PUT_APPEND(5),
    PUT_COMMIT(6),
    PUT_ABORT(7),
    DELETE(8),
    DELETE_ALL(9),
    LIST(10),
    STATUS(11),
    SHUTDOWN(12),
    PLACE_BEGIN(13),
    PLACE_GROW(14),
    PLACE_COMMIT(15),
    INFO(16),
    QUERY(17),
    QUERY_CANCEL(18),
    SEARCH(19),
    WITHIN(20),
    INDEX_BUILD(21),
    INDEX_STATE(22),
    INDEX_CANCEL(23),
    INDEX_LIST(24),
    INDEX_DROP(25),
    TOUCH(32),
    RECALL(33),
    SPILL(34),
    DETAILS(35),
    PERSIST(36),
    LOAD(37),
    PERSISTED(38),
    FORGET_PERSISTED(39),
    PUBLISH(40),
    PROMOTE(41);

    private static final Verb[] BY_CODE = byCode();

    private final int code;

    Verb(int code) {
        this.code = code;
    }

    private static Verb[] byCode() {
        Verb[] known = new Verb[64];
        for (Verb verb : values()) {
            known[verb.code] = verb;
        }
        return known;
    }

    static Verb of(int code) {
        Verb verb = code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
        if (verb == null) {
            throw new ShelfException(ErrorCode.PROTOCOL, "unknown verb: code=" + code);
        }
        return verb;
    }
}
