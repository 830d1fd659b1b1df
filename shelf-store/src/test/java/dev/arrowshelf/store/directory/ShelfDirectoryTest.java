package dev.arrowshelf.store.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShelfDirectoryTest {
    @TempDir Path temporary;

    @Test
    void makesEveryMissingDirectoryPrivate() throws IOException {
        Path root = temporary.resolve("arrowshelf-0/deep/shelf");
        ShelfDirectory directory = ShelfDirectory.create(root);
        for (Path made :
                List.of(directory.tmp(), root, root.resolve(".."), root.resolve("../.."))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
                    .isEqualTo("rwx------");
        }
        assertThat(root).isDirectoryContaining(path -> path.endsWith("tables"));
    }

    @Test
    void takesAnExistingShelfAndAnEmptyDirectory() throws IOException {
        Path root = Files.createDirectory(temporary.resolve("s"));
        ShelfDirectory.create(root);
        ShelfDirectory.create(root);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
                .isEqualTo("rwx------");
    }

    @Test
    void leavesADirectoryOfOtherThingsAlone() throws IOException {
        Path root = Files.createDirectory(temporary.resolve("home"));
        Files.writeString(root.resolve("thesis.txt"), "x");
        Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThatThrownBy(() -> ShelfDirectory.create(root))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
                .isEqualTo("rwxr-xr-x");
        assertThat(root).isDirectoryContaining(path -> path.endsWith("thesis.txt"));
    }

    @Test
    void refusesALinkAsASubdirectory() throws IOException {
        Path root = Files.createDirectory(temporary.resolve("s"));
        Path elsewhere = Files.createDirectory(temporary.resolve("elsewhere"));
        Files.createSymbolicLink(root.resolve("tmp"), elsewhere);
        assertThatThrownBy(() -> ShelfDirectory.create(root))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.FORBIDDEN));
    }

    @Test
    void removesItselfAndAnEmptyDefaultParent() throws IOException {
        ShelfDirectory directory = ShelfDirectory.create(temporary.resolve("arrowshelf-7/default"));
        Files.writeString(directory.segment(5, 0), "x");
        Files.writeString(directory.control(), "x");
        directory.remove();
        assertThat(temporary.resolve("arrowshelf-7")).doesNotExist();
        assertThat(temporary).exists();
    }

    @Test
    void removesNothingThatItDoesNotKnow() throws IOException {
        ShelfDirectory directory = ShelfDirectory.create(temporary.resolve("arrowshelf-7/default"));
        Files.writeString(directory.root().resolve("notes.txt"), "x");
        directory.remove();
        assertThat(directory.root().resolve("notes.txt")).exists();
        assertThat(directory.tmp()).doesNotExist();
    }
}
