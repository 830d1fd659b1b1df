package dev.arrowshelf.cli.demo;

import dev.arrowshelf.store.Shelf;
import java.io.PrintStream;
import java.nio.file.Path;

/// What every chapter finds: the private shelf of this demo, its directory, the sizes asked for,
/// and a place to print.
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
                "   " + label + " ".repeat(Math.max(1, LABEL_CELLS - label.length())) + finding);
        out.flush();
    }
}
