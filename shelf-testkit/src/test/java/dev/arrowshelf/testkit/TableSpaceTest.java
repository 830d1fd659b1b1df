package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Readers of a directory, whatever its owner does.
final class TableSpaceTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void aDirectoryWithoutAShelfIsAnError() {
        EmbeddedShelfTest.assertThatCode(
                () -> TableSpace.open(temporary.directory()),
                ErrorCode.UNAVAILABLE,
                temporary.directory().toString());
    }

    @Test
    void readersFollowWhenTheControlBlockGrows() {
        Shelf shelf = temporary.shelf();
        put(shelf, "first", 10, 1);
        put(shelf, "large", 50_000, 2);
        try (TableSpace space = TableSpace.open(temporary.directory())) {
            ShelfTable first = Objects.requireNonNull(space.find("first"));
            ShelfTable large = Objects.requireNonNull(space.find("large"));
            for (int i = 0; i < 3000; i++) {
                put(shelf, "t" + i, 3, i);
                if (i % 100 == 0) {
                    assertVersion(space, "t" + i, i);
                }
            }
            assertVersion(space, "first", 1);
            assertVersion(space, "large", 2);
            assertThat(space.list()).hasSize(3002);
            assertThat(Versioned.read(first)).isEqualTo(1);
            assertThat(Versioned.read(large)).isEqualTo(2);
            first.close();
            large.close();
            shelf.delete("large");
            assertThat(space.find("large")).isNull();
        }
    }

    @Test
    void readersFollowWhenTheOwnerIsAnotherOne() {
        put(temporary.shelf(), "t", 50_000, 1);
        try (TableSpace space = TableSpace.open(temporary.directory())) {
            ShelfTable open = Objects.requireNonNull(space.find("t"));
            for (int version = 2; version < 6; version++) {
                temporary.close();
                assertVersion(space, "t", version - 1);
                put(temporary.shelf(), "t", 50_000, version);
                assertVersion(space, "t", version);
            }
            assertThat(Versioned.read(open)).isEqualTo(1);
            open.close();
        }
    }

    @Test
    void withoutAnOwnerTablesAreReadAllTheSame() {
        put(temporary.shelf(), "small", 5, 1);
        put(temporary.shelf(), "large", 50_000, 2);
        temporary.close();
        try (TableSpace space = TableSpace.open(temporary.directory())) {
            assertThat(space.list()).hasSize(2);
            assertVersion(space, "small", 1);
            assertVersion(space, "large", 2);
            assertThat(space.find("none")).isNull();
        }
    }

    @Test
    void aSegmentThatIsMissingIsCorruptAndOthersAreRead() throws IOException {
        put(temporary.shelf(), "gone", 50_000, 1);
        Path segment = onlySegment();
        put(temporary.shelf(), "there", 50_000, 2);
        byte[] bytes = Files.readAllBytes(segment);
        try (TableSpace space = TableSpace.open(temporary.directory())) {
            Files.delete(segment);
            EmbeddedShelfTest.assertThatCode(() -> space.find("gone"), ErrorCode.CORRUPT, "gone");
            assertVersion(space, "there", 2);
            Files.write(segment, bytes);
            assertVersion(space, "gone", 1);
        }
        temporary.shelf().deleteAll();
    }

    @Test
    void aLinkInPlaceOfASegmentIsRefused() throws IOException {
        put(temporary.shelf(), "t", 50_000, 1);
        Path segment = onlySegment();
        Path moved = temporary.scratch().resolve("moved");
        Files.move(segment, moved);
        Files.createSymbolicLink(segment, moved);
        try (TableSpace space = TableSpace.open(temporary.directory())) {
            EmbeddedShelfTest.assertThatCode(
                    () -> space.find("t"), ErrorCode.FORBIDDEN, segment.getFileName().toString());
        }
        Files.delete(segment);
        Files.move(moved, segment);
        temporary.shelf().deleteAll();
    }

    @Test
    void closingWhileOthersReadIsSafe() throws InterruptedException {
        put(temporary.shelf(), "t", 20_000, 1);
        for (int round = 0; round < 20; round++) {
            TableSpace space = TableSpace.open(temporary.directory());
            CountDownLatch begun = new CountDownLatch(2);
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                readers.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        while (true) {
                                            assertVersion(space, "t", 1);
                                            begun.countDown();
                                        }
                                    } catch (ShelfException closed) {
                                        if (closed.code() != ErrorCode.CLOSED) {
                                            failure.set(closed);
                                        }
                                    } catch (RuntimeException | Error unexpected) {
                                        failure.set(unexpected);
                                    } finally {
                                        begun.countDown();
                                    }
                                }));
            }
            begun.await();
            space.close();
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(failure.get()).isNull();
        }
    }

    private Path onlySegment() throws IOException {
        try (Stream<Path> segments = Files.list(temporary.directory().resolve("segments"))) {
            List<Path> found = segments.filter(path -> path.toString().endsWith(".arrow")).toList();
            assertThat(found).hasSize(1);
            return found.getFirst();
        }
    }

    private static void assertVersion(TableSpace space, String name, long version) {
        try (ShelfTable table = space.find(name)) {
            assertThat(Versioned.read(Objects.requireNonNull(table, name))).isEqualTo(version);
        }
    }

    private static void put(Shelf shelf, String name, int rows, long version) {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = Versioned.root(allocator, rows, version)) {
            shelf.put(name, root);
        }
    }
}
