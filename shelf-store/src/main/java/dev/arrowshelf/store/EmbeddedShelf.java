package dev.arrowshelf.store;

import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.OwnerPort;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.store.tier.OwnerRecall;
import dev.arrowshelf.store.tier.SharedTables;
import dev.arrowshelf.store.tier.TierAnswer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A shelf owned by this process: reads through the shelf directory as everybody does, and changes
/// through the owner.
///
/// Thread-safe. Owns its three parts until [#close()]. An owner asks the kernel whether a withdrawn
/// table is still mapped, so this process lets go of what it does not use before it withdraws.
final class EmbeddedShelf implements Shelf {
    private final ShelfOwner owner;
    private final TableSpace space;
    private final TablePutter putter;
    private final @Nullable SharedTables shared;

    private EmbeddedShelf(ShelfOwner owner, TableSpace space, @Nullable SharedTables shared) {
        this.owner = owner;
        this.space = space;
        this.shared = shared;
        this.putter = new TablePutter(new OwnerPort(owner));
    }

    static EmbeddedShelf open(
            ShelfOptions options, @Nullable Function<ShelfOwner, SharedTables> sharing) {
        ShelfOwner owner = ShelfOwner.open(options);
        SharedTables shared = null;
        try {
            shared = sharing == null ? null : sharing.apply(owner);
            TableSpace space = TableSpace.open(owner.directory(), new OwnerRecall(owner, shared));
            return new EmbeddedShelf(owner, space, shared);
        } catch (Throwable failure) {
            if (shared != null) {
                shared.close();
            }
            owner.close();
            throw failure;
        }
    }

    @Override
    public TableInfo put(String name, VectorSource source, PutOptions options) {
        space.letGo(name);
        return putter.put(name, source, options);
    }

    @Override
    public TableBuilder builder(String name, Schema schema, long capacityBytes) {
        return putter.builder(name, schema, capacityBytes);
    }

    @Override
    public @Nullable ShelfTable find(String name) {
        return space.find(name);
    }

    @Override
    public List<TableInfo> list() {
        return space.list();
    }

    @Override
    public List<String> internalNames() {
        return space.internalTables().stream().map(TableInfo::name).toList();
    }

    @Override
    public @Nullable TableInfo info(String name) {
        return space.info(name);
    }

    @Override
    public @Nullable TableDetails details(String name) {
        return owner.details(TableName.toKey(name));
    }

    @Override
    public boolean touch(String name, Optional<Duration> timeToLive, Optional<Duration> mostIdle) {
        return owner.touch(TableName.toKey(name), timeToLive, mostIdle);
    }

    @Override
    public long spill(String name) {
        space.letGo(name);
        return owner.spill(TableName.toKey(name));
    }

    @Override
    public boolean persist(String name, Path directory, SpillCodec codec) {
        return owner.persist(TableName.toKey(name), directory, codec, true);
    }

    @Override
    public @Nullable TableInfo load(String name, Path directory, PutOptions options) {
        space.letGo(name);
        return owner.load(name, TableName.toKey(name), options, owner.directoryTier(directory));
    }

    @Override
    public List<String> persisted(Path directory) {
        return owner.persisted(directory);
    }

    @Override
    public boolean delete(String name) {
        byte[] key = TableName.toKey(name);
        space.letGo(name);
        return shared == null ? owner.delete(key) : shared.delete(key);
    }

    @Override
    public OptionalLong publish(String name) {
        return sharing().publish(TableName.toKey(name));
    }

    @Override
    public OptionalLong demote(String name) {
        space.letGo(name);
        return sharing().demote(TableName.toKey(name));
    }

    @Override
    public TierAnswer promote(String name, long least) {
        space.letGo(name);
        return sharing().promote(TableName.toKey(name), least);
    }

    private SharedTables sharing() {
        if (shared == null) {
            throw SharedTables.noTier();
        }
        return shared;
    }

    @Override
    public long deleteAll() {
        space.letGoOfAll();
        return owner.deleteAll();
    }

    @Override
    public ShelfStatus status() {
        return shared == null ? owner.status() : shared.status(owner.status());
    }

    @Override
    public void close() {
        space.close();
        putter.close();
        if (shared != null) {
            shared.close();
        }
        owner.close();
    }
}
