package dev.arrowshelf.cli.demo;

import dev.arrowshelf.cli.text.Figures;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Tells all chapters on a private shelf which is gone afterwards, also when a chapter fails or the
/// process is told to stop.
public final class Demo {
    private static final List<Chapter> CHAPTERS =
            List.of(new NeighboursChapter(), new SqlChapter(), new SpillChapter());

    private final Path shelves;
    private final DemoSize size;
    private final PrintStream out;

    /// Prepares a demo.
    ///
    /// @param shelves the directory in which the private shelf gets a directory of its own; made if
    ///   missing, and removed again when nobody else uses it
    /// @param size how much to do
    /// @param out where to print
    public Demo(Path shelves, DemoSize size, PrintStream out) {
        this.shelves = shelves;
        this.size = size;
        this.out = out;
    }

    /// Runs the demo.
    public void run() throws IOException {
        long begin = System.nanoTime();
        DemoLeftovers.sweep(shelves);
        Path directory = DemoLeftovers.ownDirectory(shelves);
        out.println("A private shelf for this demo: " + directory);
        Shelf shelf = Shelf.open(ShelfOptions.of(directory).withEphemeral(true));
        Thread cleaning =
                Thread.ofPlatform().name("demo-cleaning").unstarted(() -> leaveNothing(shelf));
        Runtime.getRuntime().addShutdownHook(cleaning);
        try {
            tellAll(new Chapter.Stage(shelf, directory, size, out));
        } finally {
            leaveNothing(shelf);
            Runtime.getRuntime().removeShutdownHook(cleaning);
        }
        requireGone(directory);
        out.println();
        out.println(
                "Nothing is left of it. The demo took "
                        + Figures.time(System.nanoTime() - begin)
                        + ".");
        out.flush();
    }

    private static void tellAll(Chapter.Stage stage) throws IOException {
        for (int index = 0; index < CHAPTERS.size(); index++) {
            Chapter chapter = CHAPTERS.get(index);
            stage.out().println();
            stage.out().println(index + 1 + ". " + chapter.title());
            chapter.tell(stage);
        }
    }

    private void leaveNothing(Shelf shelf) {
        shelf.close();
        try {
            Files.deleteIfExists(shelves);
        } catch (DirectoryNotEmptyException _) {
            // Other shelves of this user live there.
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "directory cannot be removed: directory=" + shelves, failure);
        }
    }

    private static void requireGone(Path directory) {
        if (Files.exists(directory)) {
            throw new ShelfException(
                    ErrorCode.INTERNAL, "the demo's shelf is still there: directory=" + directory);
        }
    }
}
