package dev.arrowshelf.client.local;

import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.client.config.ShelfPlace;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Finds the directory that a daemon on this host serves, by the address in the control blocks of
/// this user's shelves.
public final class Discovery {
    private Discovery() {}

    /// Returns the directory of the living daemon with this address among this user's shelves, if
    /// it is one of them.
    public static Optional<Path> directoryOf(Address address) {
        return directoryOf(address, ShelfPlace.userDirectory());
    }

    static Optional<Path> directoryOf(Address address, Path shelves) {
        try (DirectoryStream<Path> directories = Files.newDirectoryStream(shelves)) {
            for (Path directory : directories) {
                if (serves(directory, address)) {
                    return Optional.of(directory);
                }
            }
            return Optional.empty();
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "cannot read the shelves: directory=" + shelves, failure);
        }
    }

    private static boolean serves(Path directory, Address address) {
        try (ControlReader control = ControlReader.open(directory)) {
            String served = control.header().address();
            return !served.isEmpty()
                    && Address.parse(served).meansSameAs(address)
                    && control.ownerAlive();
        } catch (IOException | ShelfException _) {
            return false; // no shelf, or one of another version
        }
    }
}
