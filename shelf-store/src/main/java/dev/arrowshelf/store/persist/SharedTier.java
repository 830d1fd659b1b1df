package dev.arrowshelf.store.persist;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tier that the shelves of several hosts share: each publication of a name has a generation
/// there, greater than those before it, on whatever host it began.
///
/// Thread-safe, and built for being gone: while the place does not answer, every call fails at once
/// with [dev.arrowshelf.store.model.ShelfException] `UNAVAILABLE`, until a thread of the tier's own
/// has found it again. Further errors: `INCOMPLETE` and `CORRUPT` name the value that is missing or
/// damaged.
public interface SharedTier extends ColdTier {
    /// What [#state] says of a tier that answers.
    String ON = "on";

    /// Stores a table and returns the generation that it was published with.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `ALREADY_EXISTS` when somebody who began
    ///   later published meanwhile; nothing of this table is left then
    long publish(OutgoingTable table) throws IOException;

    /// Ends a name for all hosts: what was published of it is gone, and publications that began
    /// earlier are refused. Returns the generation of this end, greater than those before it; a
    /// later publication begins the name anew.
    long bury(String name) throws IOException;

    @Override
    default void store(OutgoingTable table) throws IOException {
        long _ = publish(table);
    }

    /// Values travel one by one, each with a checksum.
    @Override
    default boolean checksBytes() {
        return true;
    }

    @Override
    @Nullable SharedTable fetch(String name) throws IOException;

    /// Returns the generation under which each name was last published or buried; 0 where nothing
    /// is known of it.
    List<Long> generations(List<String> names);

    /// Returns [#ON], or why the tier cannot be used now. Never waits.
    String state();
}
