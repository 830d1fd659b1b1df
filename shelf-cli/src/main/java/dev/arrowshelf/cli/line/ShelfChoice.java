package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.ShelfClient;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.config.Settings;
import dev.arrowshelf.client.config.ShelfPlace;
import dev.arrowshelf.client.local.Discovery;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which shelf a command works on, and how it is reached: a directory of this host is read by
/// everybody, and changed by its owner (a daemon, or this process while there is none); an address
/// is asked.
///
/// A named directory or address decides. Without either it is the user's default directory, unless
/// nobody owns that one and a daemon answers at the default address: then it is the daemon's.
public final class ShelfChoice {
    private final Settings settings;
    private final ShelfPlace place;

    ShelfChoice(Settings settings) {
        this.settings = settings;
        place = settings.place();
    }

    /// Returns facts about all tables; none where there is no shelf yet.
    public List<TableInfo> tables() throws IOException {
        Path directory = directory();
        if (directory == null) {
            try (Shelf shelf = ShelfClient.connect(place.addressOrDefault())) {
                return shelf.list();
            }
        }
        try (Catalogue catalogue = Catalogue.open(directory)) {
            return catalogue == null ? List.of() : catalogue.tables();
        }
    }

    /// Opens the shelf for reading.
    public TableSource openTables() throws IOException {
        Path directory = directory();
        if (directory == null) {
            return new TableSource.OfShelf(ShelfClient.connect(place.addressOrDefault()));
        }
        return Files.exists(directory.resolve("control"))
                ? new TableSource.OfDirectory(
                        TableSpace.open(directory, new OwnerOnDemand(directory)))
                : new TableSource.OfNothing();
    }

    /// Opens the shelf for changes: the daemon where one runs, else this process becomes the owner
    /// until the shelf is closed.
    public Shelf open() throws IOException {
        Path directory = directory();
        if (directory == null) {
            return ShelfClient.connect(place.addressOrDefault());
        }
        try (Catalogue catalogue = Catalogue.open(directory)) {
            if (catalogue != null && !catalogue.address().isEmpty()) {
                return ShelfClient.connect(directory);
            }
        }
        return Shelf.open(own(directory));
    }

    /// Returns the directory whose daemon [#open()] connects to; empty where this process would
    /// become the owner, and where the daemon is on another host.
    public Optional<Path> daemon() throws IOException {
        Path directory = directory();
        if (directory == null) {
            return Optional.empty();
        }
        try (Catalogue catalogue = Catalogue.open(directory)) {
            boolean served = catalogue != null && !catalogue.address().isEmpty();
            return served ? Optional.of(directory) : Optional.empty();
        }
    }

    /// Returns the address of a daemon whose directory is not of this host; empty where there is a
    /// directory.
    public Optional<Address> elsewhere() throws IOException {
        return directory() == null ? Optional.of(place.addressOrDefault()) : Optional.empty();
    }

    /// Without a pool: this process ends before prepared pages could serve another put.
    private ShelfOptions own(Path directory) {
        return StoreSettings.of(settings, directory).withWarmPool(new ByteSize(0));
    }

    /// Returns the state of the shelf: the daemon's own answer where one runs, else what the
    /// control block says.
    public ShelfStatus status() throws IOException {
        Path directory = directory();
        if (directory == null) {
            try (Shelf shelf = ShelfClient.connect(place.addressOrDefault())) {
                return shelf.status();
            }
        }
        try (Catalogue catalogue = Catalogue.open(directory)) {
            if (catalogue == null) {
                throw new ShelfException(
                        ErrorCode.NOT_FOUND, "no shelf is there yet: directory=" + directory);
            }
            if (catalogue.address().isEmpty()) {
                return catalogue.status();
            }
        }
        try (Shelf shelf = ShelfClient.connect(directory)) {
            return shelf.status();
        }
    }

    /// The directory to work on; null when the shelf is reached by its address only.
    private @Nullable Path directory() throws IOException {
        if (place.directory().isPresent()) {
            return place.directory().get();
        }
        if (place.address().isPresent()) {
            return served(place.address().get());
        }
        Path usual = place.directoryOrDefault();
        if (isOwned(usual)) {
            return usual;
        }
        Path served = served(Address.DEFAULT);
        if (served != null) {
            return served;
        }
        return answersAtDefault() ? null : usual;
    }

    /// The directory that a daemon of this host serves at an address, as the control blocks say:
    /// asking the daemon costs a hundred times as much. Null when there is none.
    private static @Nullable Path served(Address address) {
        return Discovery.directoryOf(address).orElse(null);
    }

    private static boolean isOwned(Path directory) throws IOException {
        try (Catalogue catalogue = Catalogue.open(directory)) {
            return catalogue != null && catalogue.ownerPid() != 0;
        }
    }

    /// Whether a daemon listens at the default address that serves a directory of some other place.
    private static boolean answersAtDefault() {
        try (SocketChannel socket = SocketChannel.open()) {
            socket.connect(new InetSocketAddress(Address.DEFAULT_HOST, Address.DEFAULT_PORT));
        } catch (IOException | UnresolvedAddressException _) {
            return false;
        }
        try (Shelf _ = ShelfClient.connect(Address.DEFAULT)) {
            return true;
        } catch (ShelfException _) {
            // Somebody else's service.
            return false;
        }
    }
}
