package dev.arrowshelf.client.config;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where a shelf is: a directory of this host, or the address of a daemon.
///
/// @param directory the directory, when one was named
/// @param address the address, when one was named
public record ShelfPlace(Optional<Path> directory, Optional<Address> address) {
    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    static ShelfPlace of(@Nullable String directory, @Nullable String address) {
        return new ShelfPlace(
                Optional.ofNullable(directory)
                        .map(text -> Path.of(text).toAbsolutePath().normalize()),
                Optional.ofNullable(address).map(Address::parse));
    }

    /// Returns the directory that holds this user's shelves unless told otherwise.
    public static Path userDirectory() {
        try {
            return SHARED_MEMORY.resolve(
                    "arrowshelf-" + Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException failure) {
            throw new ShelfException(
                    ErrorCode.IO,
                    "cannot tell the user: ArrowShelf needs Linux, os="
                            + System.getProperty("os.name"),
                    failure);
        }
    }

    /// Returns the directory named, or this user's default shelf.
    public Path directoryOrDefault() {
        return directory.orElseGet(() -> userDirectory().resolve("default"));
    }

    /// Returns the address named, or `localhost:50051`.
    public Address addressOrDefault() {
        return address.orElse(Address.DEFAULT);
    }
}
