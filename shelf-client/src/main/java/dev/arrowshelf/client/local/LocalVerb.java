package dev.arrowshelf.client.local;

/// The verbs of docs/spec/local-protocol.md that a Java client sends, and whether one may be sent
/// again after a broken connection.
enum LocalVerb {
    HELLO(1, true),
    PUT_SMALL(3, false),
    PUT_BEGIN(4, false),
    PUT_APPEND(5, false),
    PUT_COMMIT(6, false),
    PUT_ABORT(7, false),
    DELETE(8, true),
    DELETE_ALL(9, true),
    STATUS(11, true),
    PLACE_BEGIN(13, false),
    PLACE_GROW(14, false),
    PLACE_COMMIT(15, false),
    SEARCH(19, true),
    WITHIN(20, true),
    INDEX_BUILD(21, true),
    INDEX_STATE(22, true),
    INDEX_CANCEL(23, true),
    INDEX_LIST(24, true),
    TOUCH(32, true),
    RECALL(33, true),
    SPILL(34, true),
    DETAILS(35, true),
    PERSIST(36, true),
    LOAD(37, false),
    PERSISTED(38, true),
    PUBLISH(40, false),
    PROMOTE(41, true);

    private final int code;
    private final boolean repeatable;

    LocalVerb(int code, boolean repeatable) {
        this.code = code;
        this.repeatable = repeatable;
    }

    int code() {
        return code;
    }

    boolean isRepeatable() {
        return repeatable;
    }
}
