package dev.arrowshelf.vector.model;

import dev.arrowshelf.store.model.ShelfException;
import org.jspecify.annotations.Nullable;

/// How far the build of an index is.
///
/// @param id of the build, for as long as the owner lives
/// @param request what is built: the columns and the kind as they were found
/// @param generation of the table
/// @param stage whether it is over
/// @param progress how far it is
/// @param failure why it ended without an index; null otherwise
public record BuildState(
        long id,
        BuildRequest request,
        long generation,
        Stage stage,
        Progress progress,
        @Nullable ShelfException failure) {
    /// Returns whether nothing more will happen.
    public boolean isOver() {
        return switch (stage) {
            case WAITING, RUNNING -> false;
            case DONE, FAILED -> true;
        };
    }

    /// The life of a build.
    public enum Stage {
        WAITING("waiting"),
        RUNNING("running"),
        DONE("done"),
        FAILED("failed");

        private final String text;

        Stage(String text) {
            this.text = text;
        }

        /// Returns the word for it.
        public String text() {
            return text;
        }
    }

    /// How far a build is.
    ///
    /// @param phase what is being done, in a word
    /// @param share of the phase that is done, 0 to 1
    /// @param millis since it was asked for, until it was over
    public record Progress(String phase, double share, long millis) {}
}
