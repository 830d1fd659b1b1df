package dev.arrowshelf.cli.demo;

import java.io.IOException;

/// One part of the demo: shows one capability on the demo's shelf and says what it measured. A
/// chapter leaves nothing behind but what the shelf itself removes, and checks its own results: a
/// wrong one is an error, not a line of output.
interface Chapter {
    /// Returns what the chapter is about, in a few words.
    String title();

    /// Runs the chapter.
    void tell(Stage stage) throws IOException;
}
