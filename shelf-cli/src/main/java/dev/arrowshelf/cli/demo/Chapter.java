package dev.arrowshelf.cli.demo;

import dev.arrowshelf.store.Shelf;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/// One part of the demo: shows one capability on the demo's shelf and says what it measured. A
/// chapter leaves nothing behind but what the shelf itself removes, and checks its own results: a
/// wrong one is an error, not a line of output.
interface Chapter {
    /// Returns what the chapter is about, in a few words.
    String title();

    /// Runs the chapter.
    void tell(Stage stage) throws IOException;

    /// What every chapter finds: the private shelf of this demo, its directory, the sizes asked
    /// for, and a place to print.
    ///
    /// @param shelf the shelf; the demo closes it
    /// @param directory its directory
    /// @param size how much of everything
    /// @param out where findings go
    record Stage(Shelf shelf, Path directory, DemoSize size, PrintStream out) {
        private static final int LABEL_CELLS = 28;

        /// Prints one finding.
        void say(String label, String finding) {
            out.println(
                    "   "
                            + label
                            + " ".repeat(Math.max(1, LABEL_CELLS - label.length()))
                            + finding);
            out.flush();
        }
    }
}
