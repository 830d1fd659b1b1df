package dev.arrowshelf.store.table;

import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.PutPlan;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// Where puts go: the owner in this process, or a connection to the owner in another one. Vector
/// sources, plan copying and building in place know only this port, so an embedded shelf and a
/// local client put in the same way.
///
/// Thread rule: safe for several threads; an [OpenPut] or [OpenPlace] is for one. Errors:
/// [dev.arrowshelf.store.model.ShelfException] as of [dev.arrowshelf.store.owner.ShelfOwner], and
/// `UNAVAILABLE` when a connection breaks.
public interface PutPort {
    /// Puts a whole IPC stream in one step.
    TableInfo putSmall(byte[] key, MemorySegment stream, PutOptions options);

    /// Begins a put whose writer gives pages to cold parts itself; the first message is the schema.
    OpenPut beginPut(byte[] key, PutOptions options, List<IpcMessage> messages);

    /// Begins a table that is built in place, with room for so many bytes.
    OpenPlace beginPlace(byte[] key, long capacityBytes, PutOptions options);

    /// Returns the longest laid-out stream that goes into a slab; 0 when slabs are off.
    int smallTableLimit();

    /// A put under way. Closing it without a commit leaves nothing behind.
    interface OpenPut extends AutoCloseable {
        /// Returns the plan for the messages that began the put.
        PutPlan plan();

        /// Adds messages, whose bodies are looked at only for the decoded lengths of compressed
        /// buffers.
        PutPlan append(List<IpcMessage> messages, List<MemorySegment> bodies);

        /// Seals and publishes; the files are unmapped before.
        TableInfo commit();

        @Override
        void close();
    }

    /// A table that is being built inside a file of the shelf.
    interface OpenPlace extends AutoCloseable {
        /// Returns the absolute path of the file to map.
        Path file();

        /// Returns the length of the file, bytes.
        long bytes();

        /// Returns how many bytes from the file's beginning have pages already.
        long warmBytes();

        /// Returns the first offset at which a buffer may lie.
        long firstUsableOffset();

        /// Makes the file at least so long.
        void grow(long capacityBytes);

        /// Writes the metadata around the placed buffers, seals and publishes.
        TableInfo commit(List<IpcMessage> messages, List<Placement> placements);

        @Override
        void close();
    }
}
