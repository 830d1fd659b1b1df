package dev.arrowshelf.store.persist;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A place that keeps tables longer, or further away, than the shelf does.
///
/// Thread-safe. A table is there whole or not at all, also when the process that stores it dies:
/// its manifest is stored last. Storing replaces what the name had; what readers of the tier hold
/// stays readable to them. Errors: `IOException` where the place fails,
/// [dev.arrowshelf.store.model.ShelfException] `CORRUPT` where what is found does not fit its
/// checksums.
public interface ColdTier extends AutoCloseable {
    /// Stores a table, whose bytes are valid during the call only.
    void store(OutgoingTable table) throws IOException;

    /// Returns whether the tier keeps checksums of its own of all the bytes it is given, so that
    /// none need be taken before.
    default boolean checksBytes() {
        return false;
    }

    /// Returns the table of a name, or null when there is none. To be closed.
    @Nullable IncomingTable fetch(String name) throws IOException;

    /// Removes the table of a name; false when there is none.
    boolean remove(String name) throws IOException;

    /// Returns the names of all tables, in no order.
    List<String> names() throws IOException;

    @Override
    void close();
}
