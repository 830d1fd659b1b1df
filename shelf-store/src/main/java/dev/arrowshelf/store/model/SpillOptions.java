package dev.arrowshelf.store.model;

import java.nio.file.Path;
import java.util.List;

/// Where spilled tables go, and how.
///
/// @param directories where their files lie, each shelf in a folder of its own; empty: below the
///   user's state folder
/// @param codec how they are stored
/// @param level of Zstandard, 1 to 19
public record SpillOptions(List<Path> directories, SpillCodec codec, int level) {
    /// Uncompressed, below the user's state folder.
    public static final SpillOptions DEFAULT = new SpillOptions(List.of(), SpillCodec.NONE, 3);

    /// Checks the level and copies the list.
    public SpillOptions {
        directories = List.copyOf(directories);
        if (level < 1 || level > 19 || directories.size() > SpillPlace.MOST_DIRECTORIES) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "spill option out of range: level=%d, directories=%d"
                            .formatted(level, directories.size()));
        }
    }

    /// Returns the directories, or the one below the user's state folder.
    public List<Path> directoriesOrDefault() {
        if (!directories.isEmpty()) {
            return directories;
        }
        String state = System.getenv("XDG_STATE_HOME");
        Path base =
                state == null || state.isBlank()
                        ? Path.of(System.getProperty("user.home"), ".local", "state")
                        : Path.of(state);
        return List.of(base.resolve("arrowshelf").resolve("spill"));
    }

    /// Returns a copy with other directories.
    public SpillOptions withDirectories(List<Path> others) {
        return new SpillOptions(others, codec, level);
    }

    /// Returns a copy with another codec.
    public SpillOptions withCodec(SpillCodec other) {
        return new SpillOptions(directories, other, level);
    }
}
