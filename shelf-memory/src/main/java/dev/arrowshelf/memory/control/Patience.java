package dev.arrowshelf.memory.control;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// How long a reader goes on looking at something the owner is changing: 100 tries, then up to a
/// second while the owner lives.
final class Patience {
    private static final int FREE_TRIES = 100;
    private static final long MOST_NANOS = 1_000_000_000;
    private static final long PAUSE_NANOS = 50_000;

    private final String what;
    private final BooleanSupplier ownerLives;
    private int tries;
    private long since;

    Patience(String what, BooleanSupplier ownerLives) {
        this.what = what;
        this.ownerLives = ownerLives;
    }

    /// True to try again; false when the owner is gone and nothing will change any more.
    boolean again() throws CatalogueBusyException {
        if (++tries < FREE_TRIES) {
            Thread.onSpinWait();
            return true;
        }
        if (tries == FREE_TRIES) {
            since = System.nanoTime();
            return ownerLives.getAsBoolean();
        }
        long waited = System.nanoTime() - since;
        if (waited < MOST_NANOS) {
            LockSupport.parkNanos(PAUSE_NANOS);
            return true;
        }
        if (ownerLives.getAsBoolean()) {
            throw new CatalogueBusyException(what, waited);
        }
        return false;
    }
}
