package dev.arrowshelf.store.owner;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableInfo;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The owner of one shelf directory: puts, replaces and deletes its tables. One process at a time can be it.
///
/// Thread-safe. Puts of different keys run at the same time. [#close] ends puts under way, stops the background threads and leaves the
/// tables (unless the shelf is ephemeral); every other method then fails with `CLOSED`.
public final class ShelfOwner implements AutoCloseable {
    /// Most bytes of a key in UTF-8.
    public static final int KEY_LIMIT = 65_535;

    private ShelfOwner() {}

    /// Becomes the owner of a directory, which is created if missing, and recovers the tables in it.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `SHELF_OWNED` naming the pid that owns it already; `FORBIDDEN`, `IO`
    public static ShelfOwner open(ShelfOptions options) {
        throw new UnsupportedOperationException();
    }

    /// Begins a put whose writer faults cold pages in itself. The first message is the schema; dictionary and record batches may follow, here or by append.
    public PutTransaction beginPut(byte[] key, PutOptions options, List<IpcMessage> messages) {
        return beginPut(key, options, messages, ColdPages.WRITER_POPULATES);
    }

    /// Begins a put and says who gives pages to cold parts of its files.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException `INVALID_KEY`, `ALREADY_EXISTS`, `INVALID_IPC`, `UNSUPPORTED_IPC`, `OUT_OF_MEMORY`
    public PutTransaction beginPut(byte[] key, PutOptions options, List<IpcMessage> messages, ColdPages coldPages) {
        throw new UnsupportedOperationException();
    }

    /// Puts a whole IPC stream in one step: into a slab when it is small enough, into a segment otherwise.
    public TableInfo putSmall(byte[] key, MemorySegment stream, PutOptions options) {
        throw new UnsupportedOperationException();
    }

    /// Begins a table that is built in place, with room for `capacity` bytes, whose writer faults cold pages in itself.
    public InPlacePut beginInPlace(byte[] key, long capacity, PutOptions options) {
        return beginInPlace(key, capacity, options, ColdPages.WRITER_POPULATES);
    }

    /// Begins a table that is built in place and says who gives pages to cold parts of the file.
    public InPlacePut beginInPlace(byte[] key, long capacity, PutOptions options, ColdPages coldPages) {
        throw new UnsupportedOperationException();
    }

    /// Deletes a table and returns whether it existed. Readers keep what they have mapped.
    public boolean delete(byte[] key) {
        throw new UnsupportedOperationException();
    }

    /// Deletes all tables and returns how many there were.
    public long deleteAll() {
        throw new UnsupportedOperationException();
    }

    /// Returns the keys of all tables, in no order.
    public List<byte[]> keys() {
        throw new UnsupportedOperationException();
    }

    /// Returns facts about a table, or null when there is none.
    public @Nullable TableInfo info(byte[] key) {
        throw new UnsupportedOperationException();
    }

    /// Returns the state of the shelf.
    public ShelfStatus status() {
        throw new UnsupportedOperationException();
    }

    /// Writes the daemon's "host:port" into the control block; empty when it stops.
    public void setAddress(String address) {
        throw new UnsupportedOperationException();
    }

    /// Returns the shelf directory.
    public Path directory() {
        throw new UnsupportedOperationException();
    }

    /// Returns the 16 random bytes that name this shelf, kept over restarts.
    public byte[] shelfId() {
        throw new UnsupportedOperationException();
    }

    /// Returns the longest laid-out stream that goes into a slab; 0 when slabs are off.
    public int smallTableLimit() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
