package dev.arrowshelf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.client.config.ShelfPlace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DemoIT {
    @TempDir private Path folder;

    @Test
    void showsOneCopyForAllWorkersAndLeavesNothing() throws IOException {
        List<String> before = demoShelves();
        CommandRun demo =
                new Arrowshelf(folder).run("demo", "--points", "100000", "--workers", "3");
        assertThat(demo.code()).as(demo.err()).isZero();
        assertThat(demo.err()).isEmpty();
        assertThat(demo.out())
                .contains("100,000 x 3 points")
                .contains("3 workers")
                .containsPattern("mean distance +0\\.0223")
                .containsPattern("memory of all workers .* = (0\\.9\\d|1\\.0\\d) copies")
                .contains("= 3.00 copies")
                .containsPattern("copies \\+ brute force +60 points in ")
                .containsPattern("shelf \\+ brute force +60 points in ")
                .containsPattern("shelf \\+ exact search +60 points in ")
                .containsPattern("one index for all +kd tree of .*, built in ")
                .containsPattern("shelf \\+ one index +100,000 points in ")
                .containsPattern("answer .* equal to a look at every point")
                .contains("Nothing is left of it.");
        assertThat(demoShelves()).isEqualTo(before);
    }

    @Test
    void refusesSizesThatMakeNoSense() {
        CommandRun demo = new Arrowshelf(folder).run("demo", "--points", "3");
        assertThat(demo.code()).isEqualTo(1);
        assertThat(demo.err()).contains("points=3");
    }

    @Test
    void aSignalLeavesNothingEither() throws Exception {
        List<String> before = demoShelves();
        Process demo =
                new Arrowshelf(folder).start("demo", "--points", "2000000", "--workers", "2");
        try (var out = demo.inputReader()) {
            String line = out.readLine();
            assertThat(line).startsWith("A private shelf for this demo: ");
            while (!line.contains("put in")) {
                line = out.readLine();
                assertThat(line).isNotNull();
            }
            demo.destroy();
            demo.waitFor();
        }
        assertThat(demoShelves()).isEqualTo(before);
    }

    @Test
    void whatAKilledDemoLeftIsRemovedByTheNext() throws Exception {
        List<String> before = demoShelves();
        Process demo = new Arrowshelf(folder).start("demo", "--points", "200000", "--workers", "1");
        try (var out = demo.inputReader()) {
            String line = out.readLine();
            while (!line.contains("put in")) {
                line = out.readLine();
                assertThat(line).isNotNull();
            }
            demo.destroyForcibly().waitFor();
        }
        assertThat(demoShelves()).hasSize(before.size() + 1);
        CommandRun next = new Arrowshelf(folder).run("demo", "--points", "1000", "--workers", "1");
        assertThat(next.code()).as(next.err()).isZero();
        assertThat(demoShelves()).isEqualTo(before);
    }

    private static List<String> demoShelves() throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> shelves =
                Files.newDirectoryStream(ShelfPlace.userDirectory(), "demo-*")) {
            shelves.forEach(shelf -> found.add(shelf.toString()));
        } catch (NoSuchFileException _) {
            // Nobody of this user has a shelf in the usual place.
        }
        return found;
    }
}
