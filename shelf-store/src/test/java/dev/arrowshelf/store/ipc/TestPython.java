package dev.arrowshelf.store.ipc;

import java.nio.file.Files;
import java.nio.file.Path;

/// The Python that tests start: the system property `shelf.python`, or the project's `.venv`, which
/// `./dev` makes.
final class TestPython {
    private TestPython() {}

    /// Returns the interpreter's path.
    static String find() {
        String named = System.getProperty("shelf.python");
        if (named != null) {
            return named;
        }
        for (Path folder = Path.of("").toAbsolutePath();
                folder != null;
                folder = folder.getParent()) {
            Path python = folder.resolve(".venv/bin/python");
            if (Files.isExecutable(python)) {
                return python.toString();
            }
        }
        throw new AssertionError(
                "no Python with pyarrow for this test: run ./dev test, which makes .venv, or pass -Dshelf.python=PATH");
    }
}
