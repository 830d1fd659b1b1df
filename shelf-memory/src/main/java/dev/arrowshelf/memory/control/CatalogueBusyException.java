package dev.arrowshelf.memory.control;

import java.io.IOException;

/// A slot or the control file did not become stable in time although its owner lives.
public final class CatalogueBusyException extends IOException {
    private static final long serialVersionUID = 1L;

    CatalogueBusyException(String fact, long waitedNanos) {
        super(fact + ": waitedMillis=" + waitedNanos / 1_000_000);
    }
}
