package dev.arrowshelf.memory.owner;

import java.io.IOException;
import java.nio.file.Path;

/// Another process owns the shelf.
public final class ShelfOwnedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long ownerPid;

    ShelfOwnedException(Path directory, long ownerPid) {
        super(
                "shelf is owned by another process: directory=%s, pid=%s"
                        .formatted(directory, ownerPid == 0 ? "unknown" : Long.toString(ownerPid)));
        this.ownerPid = ownerPid;
    }

    /// The process that says so in the lock file; 0 when it says nothing.
    public long ownerPid() {
        return ownerPid;
    }
}
