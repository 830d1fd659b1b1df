package dev.arrowshelf.memory.control;

import java.util.UUID;

/// What the head of a control block says: who owns the shelf, since when it was heard of, and how
/// full it is.
///
/// @param owner pid 0 when nobody has the shelf open
/// @param heartbeatMillis milliseconds since 1970
/// @param address `host:port` of the daemon; empty when none serves
public record ControlHeader(
        ProcessIdentity owner,
        long heartbeatMillis,
        String address,
        UUID shelfId,
        ShelfFeatures features,
        CatalogueFigures catalogue,
        MemoryFigures memory) {}
