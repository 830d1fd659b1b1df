package dev.arrowshelf.store;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.persist.SharedTier;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.tier.SharedTables;
import dev.arrowshelf.store.tier.TierAnswer;
import dev.arrowshelf.store.tier.TierOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A shelf of Arrow tables: put once, read in place by every process of the host. The same
/// interface whether this process owns the shelf or is a client of a daemon.
///
/// A name is any non-empty text of at most 65,535 bytes of UTF-8; it is never part of a path.
///
/// Thread rule: safe for use by several threads at once.
///
/// Memory rule: what [#find(String)] returns must be closed; it stays valid when the shelf is
/// closed before it. Sources given to `put` are read, never closed, and not kept.
///
/// Errors: every method throws [dev.arrowshelf.store.model.ShelfException]: `INVALID_KEY` for a bad
/// name, `CLOSED` after [#close()], `UNAVAILABLE` where a daemon is needed and gone. A table that
/// does not exist is a value except for [#get(String)].
public interface Shelf extends AutoCloseable {
    /// Opens a shelf directory as its owner, creating it if missing; its tables are there again.
    /// Errors: `SHELF_OWNED` when another process owns it, `FORBIDDEN`, `IO`.
    static Shelf open(ShelfOptions options) {
        return EmbeddedShelf.open(options, null);
    }

    /// Opens a shelf directory as its owner, with a tier that shelves of other hosts share. The
    /// shelf closes the tier.
    static Shelf open(ShelfOptions options, SharedTier tier, TierOptions how) {
        return EmbeddedShelf.open(options, owner -> SharedTables.open(owner, tier, how));
    }

    /// Puts a table under a name; an existing one is replaced in one step, and its readers keep
    /// what they have. The table is visible, whole, when this returns. Errors: `OUT_OF_MEMORY`,
    /// `INVALID_IPC`, `UNSUPPORTED_IPC`, `ALREADY_EXISTS` where replacing is not allowed, `IO` when
    /// the source cannot be read.
    TableInfo put(String name, VectorSource source, PutOptions options);

    /// Puts the rows of a root, without partition limits.
    default TableInfo put(String name, VectorSchemaRoot root) {
        return put(name, root, PutOptions.DEFAULT);
    }

    /// Puts the rows of a root that has no dictionary-encoded fields (for those:
    /// [VectorSource#of(VectorSchemaRoot, org.apache.arrow.vector.dictionary.DictionaryProvider)]).
    default TableInfo put(String name, VectorSchemaRoot root, PutOptions options) {
        return put(name, VectorSource.of(root), options);
    }

    /// Puts everything a reader still has, without partition limits.
    default TableInfo put(String name, ArrowReader reader) {
        return put(name, reader, PutOptions.DEFAULT);
    }

    /// Puts everything a reader still has, batch by batch: memory besides the shelf's is bounded by
    /// one batch.
    default TableInfo put(String name, ArrowReader reader, PutOptions options) {
        return put(name, VectorSource.of(reader), options);
    }

    /// Puts an Arrow IPC file or stream (which of the two is seen from its bytes), without
    /// partition limits.
    default TableInfo put(String name, Path file) {
        return put(name, file, PutOptions.DEFAULT);
    }

    /// Puts an Arrow IPC file or stream; its bytes go to the shelf without passing through the
    /// heap.
    default TableInfo put(String name, Path file, PutOptions options) {
        return put(name, VectorSource.of(file), options);
    }

    /// Returns a builder whose vectors lie in shared memory from the start.
    default TableBuilder builder(String name, Schema schema) {
        return builder(name, schema, 0);
    }

    /// Returns a builder that has room for so many bytes at once; more is made when needed. 0
    /// leaves the choice to the shelf.
    TableBuilder builder(String name, Schema schema, long capacityBytes);

    /// Returns the table of this name as it is now, or null. Needs no owner where the shelf
    /// directory is on this host.
    @Nullable ShelfTable find(String name);

    /// Returns the table of this name as it is now. Error: `NOT_FOUND`.
    default ShelfTable get(String name) {
        ShelfTable table = find(name);
        if (table == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "no such table: name=" + name);
        }
        return table;
    }

    /// Returns facts about all tables, in no order.
    List<TableInfo> list();

    /// Returns the names of the tables that the shelf keeps for itself, such as indexes; [#list()]
    /// leaves them out. None where the shelf is on another host.
    default List<String> internalNames() {
        return List.of();
    }

    /// Returns facts about a table, or null when there is none.
    @Nullable TableInfo info(String name);

    /// Returns everything the owner knows about a table: when it ends, how it is used, what was
    /// said about it, where it lies; null when there is none.
    @Nullable TableDetails details(String name);

    /// Says that a table was used now. Returns whether there is one.
    default boolean touch(String name) {
        return touch(name, Optional.empty(), Optional.empty());
    }

    /// Says that a table was used now, how long it lives from now on and how long it may go unused
    /// (zero: for ever, any time; empty: as before). Returns whether there is one.
    boolean touch(String name, Optional<Duration> timeToLive, Optional<Duration> mostIdle);

    /// Ends a table after a time from now. Returns whether there is one.
    default boolean expire(String name, Duration timeToLive) {
        return timeToLive.isZero()
                ? delete(name)
                : touch(name, Optional.of(timeToLive), Optional.empty());
    }

    /// Sends a table to disk now, as far as nobody has it mapped, and returns the bytes that left
    /// memory. It comes back when it is used.
    long spill(String name);

    /// Writes a table to a directory, whole or not at all: a folder with Arrow files and a manifest
    /// written last. What was persisted there under this name before is replaced. Returns whether
    /// there is such a table. The directory is the owner's.
    boolean persist(String name, Path directory, SpillCodec codec);

    /// Puts a persisted table back under its name, with what is left of its time. Null when the
    /// directory has none, or its time is over. Errors: `CORRUPT`, `OUT_OF_MEMORY`,
    /// `ALREADY_EXISTS`.
    @Nullable TableInfo load(String name, Path directory, PutOptions options);

    /// Returns the names of the tables that were persisted in a directory.
    List<String> persisted(Path directory);

    /// Stores a table in the tier behind this shelf, so that shelves of other hosts find it by its
    /// name, and returns its generation there; empty when there is no such table. Errors:
    /// `INVALID_ARGUMENT` without a tier, `UNAVAILABLE` when it does not answer, `ALREADY_EXISTS`
    /// when another host that began later published meanwhile.
    default OptionalLong publish(String name) {
        throw SharedTables.noTier();
    }

    /// Stores a table in the tier as [#publish] does and takes it off this shelf; the next use
    /// brings it back.
    default OptionalLong demote(String name) {
        throw SharedTables.noTier();
    }

    /// Puts the tier's table of a name on this shelf, in place of what it has, unless that is the
    /// tier's latest already. Without being told so, a shelf fetches what it lacks when it is asked
    /// for.
    ///
    /// @param least the least generation that will do, as [#publish] returned it somewhere; 0 for
    ///   any. Errors: `UNAVAILABLE` when the tier has only an older one, or does not answer;
    ///   `INCOMPLETE`, `CORRUPT`, `OUT_OF_MEMORY`, `INVALID_ARGUMENT` without a tier
    default TierAnswer promote(String name, long least) {
        throw SharedTables.noTier();
    }

    /// Removes a table; readers that have it keep it. Where this shelf knows it to be in the tier,
    /// it is removed there too. Returns whether it existed.
    boolean delete(String name);

    /// Removes all tables and returns how many there were.
    long deleteAll();

    /// Returns the state of the shelf: memory, features in use, warnings.
    ShelfStatus status();

    /// Closes this door to the shelf; tables stay on it unless it is ephemeral and owned by this
    /// process. Idempotent.
    @Override
    void close();
}
