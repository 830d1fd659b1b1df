package dev.arrowshelf.client;

import dev.arrowshelf.client.local.OwnerStatus;
import dev.arrowshelf.client.local.SocketPort;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableBuilder;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.table.VectorSource;
import dev.arrowshelf.store.table.put.TablePutter;
import dev.arrowshelf.store.tier.TierAnswer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A shelf of this host that a daemon owns: read in place through its directory, changed through
/// its control socket.
///
/// Thread-safe. Owns its three parts until [#close()].
final class LocalShelf implements Shelf {
    private final SocketPort port;
    private final TableSpace space;
    private final TablePutter putter;

    private LocalShelf(SocketPort port, TableSpace space) {
        this.port = port;
        this.space = space;
        this.putter = new TablePutter(port);
    }

    static LocalShelf connect(Path directory) {
        SocketPort port = SocketPort.connect(directory);
        try {
            return new LocalShelf(port, TableSpace.open(directory, port));
        } catch (RuntimeException failure) {
            port.close();
            throw failure;
        }
    }

    @Override
    public TableInfo put(String name, VectorSource source, PutOptions options) {
        TableInfo put = putter.put(name, source, options);
        TableInfo now = space.info(name);
        return now != null && now.generation() == put.generation() ? now : put;
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
        return port.details(TableName.toKey(name));
    }

    @Override
    public boolean touch(String name, Optional<Duration> timeToLive, Optional<Duration> mostIdle) {
        return port.touch(TableName.toKey(name), timeToLive, mostIdle);
    }

    @Override
    public long spill(String name) {
        space.letGo(name);
        return port.spill(TableName.toKey(name));
    }

    @Override
    public boolean persist(String name, Path directory, SpillCodec codec) {
        return port.persist(TableName.toKey(name), directory, codec);
    }

    @Override
    public @Nullable TableInfo load(String name, Path directory, PutOptions options) {
        space.letGo(name);
        TableInfo loaded = port.load(TableName.toKey(name), directory, options);
        TableInfo now = loaded == null ? null : space.info(name);
        return now == null ? loaded : now;
    }

    @Override
    public List<String> persisted(Path directory) {
        return port.persisted(directory);
    }

    @Override
    public boolean delete(String name) {
        byte[] key = TableName.toKey(name);
        space.letGo(name);
        return port.delete(key);
    }

    @Override
    public OptionalLong publish(String name) {
        return port.publish(TableName.toKey(name), false);
    }

    @Override
    public OptionalLong demote(String name) {
        space.letGo(name);
        return port.publish(TableName.toKey(name), true);
    }

    @Override
    public TierAnswer promote(String name, long least) {
        space.letGo(name);
        return port.promote(TableName.toKey(name), least);
    }

    @Override
    public long deleteAll() {
        space.letGoOfAll();
        return port.deleteAll();
    }

    @Override
    public ShelfStatus status() {
        return OwnerStatus.parse(port.status());
    }

    @Override
    public void close() {
        space.close();
        putter.close();
        port.close();
    }
}
