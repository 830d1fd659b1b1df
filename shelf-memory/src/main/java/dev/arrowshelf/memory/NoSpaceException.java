package dev.arrowshelf.memory;

import java.io.IOException;

/// There is no room: the file system is full, memory ran out, or this process has all the mappings
/// it may have.
///
/// Whatever was being written is incomplete and must be dropped; nothing else was harmed.
public final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    NoSpaceException(String message) {
        super(message);
    }
}
