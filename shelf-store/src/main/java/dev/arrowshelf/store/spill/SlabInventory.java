package dev.arrowshelf.store.spill;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which slabs a shelf has on disk: a symbolic link `spill/slab-<name>` in its directory to each.
///
/// What is in a slab is known from the slab alone, so without this nobody would notice at start
/// that one was deleted. Death between a step for the slab and one for its link: a slab without a
/// link, which gets one at the next start. Thread-safe: every slab has a name of its own.
final class SlabInventory {
    private static final String PREFIX = "slab-";

    private final Path place;

    SlabInventory(Path place) {
        this.place = place;
    }

    /// Says that a slab is there, whole; nothing when that was said before.
    void add(Path slab) throws IOException {
        try {
            Files.createSymbolicLink(link(slab), slab);
        } catch (FileAlreadyExistsException _) { // an earlier owner's
            return;
        }
    }

    /// Says that a slab is about to go.
    void remove(Path slab) throws IOException {
        Files.deleteIfExists(link(slab));
    }

    /// Returns the slabs that should be there and are not, and forgets them, so that they are told
    /// once. Where their folder is missing too, a disk may not be mounted: those are kept.
    List<Path> takeMissing() throws IOException {
        List<Path> missing = new ArrayList<>();
        try (DirectoryStream<Path> links = Files.newDirectoryStream(place, PREFIX + "*")) {
            for (Path link : links) {
                Path slab = Files.readSymbolicLink(link);
                if (!Files.isRegularFile(slab, LinkOption.NOFOLLOW_LINKS)) {
                    missing.add(slab);
                    if (Files.isDirectory(slab.resolveSibling("."))) {
                        Files.delete(link);
                    }
                }
            }
        } catch (NoSuchFileException _) { // nothing was ever spilled
            return missing;
        }
        return missing;
    }

    private Path link(Path slab) {
        return place.resolve(PREFIX + slab.getFileName());
    }
}
