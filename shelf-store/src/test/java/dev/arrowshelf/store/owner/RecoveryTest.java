package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Descriptors;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.publish.CrashPoint;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a new owner makes of a directory that an earlier one, or somebody else, has left in
/// disorder.
final class RecoveryTest {
    private final byte[] small = TestTables.stream(1, 1, 10);
    private final byte[] large = TestTables.stream(2, 1, 9_000);
    private TestShelf shelf;

    @BeforeEach
    void open() throws IOException {
        shelf = new TestShelf();
        shelf.putSmall("small", small);
        shelf.put("good", large);
    }

    @AfterEach
    void close() throws IOException {
        assertThat(shelf.read("small")).isEqualTo(TestShelf.lines(small));
        assertThat(shelf.read("good")).isEqualTo(TestShelf.lines(large));
        shelf.checkInvariants();
        shelf.close();
    }

    private Path descriptor(TableInfo table) {
        return shelf.directory()
                .resolve("tables")
                .resolve("%016x.table".formatted(table.generation()));
    }

    private void spoil(Path file, long offset) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        try (FileHandle handle = FileHandle.openReadWrite(file)) {
            byte[] bytes = new byte[1];
            handle.read(MemorySegment.ofArray(bytes), offset);
            bytes[0] ^= 1;
            handle.write(MemorySegment.ofArray(bytes), offset);
        }
    }

    private void expectPutAside(String... names) {
        shelf.owner();
        assertThat(shelf.names("quarantine")).containsExactlyInAnyOrder(names);
        assertThat(shelf.owner().status().warnings())
                .anySatisfy(warning -> assertThat(warning).contains("quarantine", names[0]));
        assertThat(shelf.keys()).containsExactly("good", "small");
    }

    @Test
    void aDamagedDescriptorIsPutAsideWithItsSegments() throws IOException {
        TableInfo bad = shelf.put("bad", large);
        shelf.closeOwner();
        spoil(descriptor(bad), 40);
        expectPutAside(
                "%016x.table".formatted(bad.generation()),
                "%016x-00000000.arrow".formatted(bad.generation()));
    }

    @Test
    void aDescriptorWithoutItsSegmentIsPutAside() throws IOException {
        TableInfo bad = shelf.put("bad", large);
        shelf.closeOwner();
        Files.delete(shelf.segment(bad.generation(), 0));
        expectPutAside("%016x.table".formatted(bad.generation()));
    }

    @Test
    void aSegmentOfTheWrongLengthIsPutAside() throws IOException {
        TableInfo bad = shelf.put("bad", large);
        shelf.closeOwner();
        Path segment = shelf.segment(bad.generation(), 0);
        Files.setPosixFilePermissions(segment, PosixFilePermissions.fromString("rw-------"));
        try (FileHandle handle = FileHandle.openReadWrite(segment)) {
            handle.truncate(4096);
        }
        expectPutAside(
                "%016x.table".formatted(bad.generation()),
                "%016x-00000000.arrow".formatted(bad.generation()));
    }

    @Test
    void aFileThatIsNoSlabIsPutAside() throws IOException {
        shelf.closeOwner();
        Files.write(shelf.directory().resolve("segments/0000000000000005.slab"), new byte[8192]);
        Files.write(shelf.directory().resolve("segments/0000000000000006.slab"), new byte[0]);
        expectPutAside("0000000000000005.slab", "0000000000000006.slab");
    }

    @Test
    void linksAndPipesArePutAside() throws Exception {
        shelf.closeOwner();
        Path secret = Files.writeString(shelf.root().resolve("secret"), "x".repeat(500));
        Files.createSymbolicLink(
                shelf.directory().resolve("tables/0000000000000005.table"), secret);
        Files.createSymbolicLink(
                shelf.directory().resolve("segments/0000000000000007.slab"), secret);
        Process pipe =
                new ProcessBuilder(
                                "mkfifo",
                                shelf.directory()
                                        .resolve("tables/0000000000000006.table")
                                        .toString())
                        .start();
        assertThat(pipe.waitFor(10, TimeUnit.SECONDS)).isTrue();
        Files.createSymbolicLink(shelf.directory().resolve("pool/0000000000000008.blank"), secret);
        Files.createSymbolicLink(
                shelf.directory().resolve("tmp/0000000000000009-00000000.dead"), secret);
        Files.createDirectories(shelf.directory().resolve("tmp/planted/deep"));
        expectPutAside(
                "0000000000000005.table",
                "0000000000000006.table",
                "0000000000000007.slab",
                "planted");
        TestShelf.await(() -> shelf.names("tmp").isEmpty(), "the planted dead file goes");
        assertThat(secret).hasContent("x".repeat(500));
    }

    @Test
    void orphansAndHalfWrittenFilesGo() throws IOException {
        shelf.closeOwner();
        Files.write(
                shelf.directory().resolve("segments/0000000000000005-00000000.arrow"),
                new byte[100_000]);
        Files.write(shelf.directory().resolve("tmp/0000000000000006.blank"), new byte[100_000]);
        Files.write(shelf.directory().resolve("tmp/0000000000000007.table"), new byte[100]);
        Files.write(shelf.directory().resolve("tmp/control-0000000000000008"), new byte[100]);
        Files.write(shelf.directory().resolve("pool/0000000000000009.blank"), new byte[100]);
        Files.write(shelf.directory().resolve("pool/junk"), new byte[100]);
        shelf.owner();
        TestShelf.await(() -> shelf.names("tmp").isEmpty(), "tmp/ is swept");
        assertThat(shelf.names("segments")).doesNotContain("0000000000000005-00000000.arrow");
        assertThat(shelf.names("pool")).doesNotContain("junk", "0000000000000009.blank");
        assertThat(shelf.owner().status().warnings()).isEmpty();
    }

    @Test
    void aDeadFileThatIsStillReadIsCountedUntilItIsNot() throws IOException {
        shelf.closeOwner();
        Path dead = shelf.directory().resolve("tmp/0000000000000005-00000000.dead");
        Files.write(dead, new byte[1_000_000]);
        try (Region reader = Region.mapReadOnly(dead)) {
            assertThat(shelf.owner().status().memory().unlinked()).isEqualTo(1_003_520);
            assertThat(reader.segment().get(ValueLayout.JAVA_BYTE, 999_999)).isZero();
        }
        TestShelf.await(
                () -> shelf.owner().status().memory().unlinked() == 0, "the reader is gone");
    }

    @Test
    void theHighestGenerationOfAKeyWins() throws IOException {
        TableInfo first = shelf.put("twice", TestTables.stream(3, 1, 5_000));
        shelf.closeOwner();
        ShelfDirectory directory = ShelfDirectory.create(shelf.directory());
        long higher = first.generation() + 1_000_000;
        Files.copy(shelf.segment(first.generation(), 0), directory.segment(higher, 0));
        Descriptor old = new Descriptors(directory, new DiskSync(false)).read(first.generation());
        Descriptor next =
                new Descriptor(
                        TableKey.of(TestShelf.key("twice")),
                        higher,
                        1,
                        old.columns(),
                        new byte[4],
                        old.partitions());
        new Descriptors(directory, new DiskSync(false)).draft(next);
        new Descriptors(directory, new DiskSync(false)).publish(higher);
        shelf.owner();
        assertThat(shelf.owner().keys()).hasSize(3);
        assertThat(shelf.names("tables")).contains("%016x.table".formatted(higher)).hasSize(2);
        shelf.owner().delete(TestShelf.key("twice"));
        shelf.reopen();
        assertThat(shelf.keys()).containsExactly("good", "small");
    }

    @Test
    void generationsGoOnWhenTheClockIsSetBack() throws IOException {
        TableInfo before = shelf.put("other", large);
        shelf.owner().delete(TestShelf.key("other"));
        shelf.closeOwner();
        InstantSource past = InstantSource.fixed(Instant.parse("2001-01-01T00:00:00Z"));
        try (ShelfOwner owner = ShelfOwner.open(shelf.options(), past, CrashPoint.NONE)) {
            TableInfo after =
                    owner.putSmall(
                            TestShelf.key("small"),
                            MemorySegment.ofArray(small),
                            PutOptions.DEFAULT);
            assertThat(after.generation()).isGreaterThan(before.generation());
        }
    }

    @Test
    void aControlBlockThatIsGoneOrSpoiltIsMadeAnew() throws IOException {
        shelf.closeOwner();
        Files.delete(shelf.directory().resolve("control"));
        shelf.reopen();
        assertThat(shelf.keys()).containsExactly("good", "small");
        shelf.closeOwner();
        Files.write(shelf.directory().resolve("control"), new byte[10_000]);
        shelf.reopen();
        assertThat(shelf.keys()).containsExactly("good", "small");
        assertThat(List.of(shelf.names("tmp"))).containsExactly(List.of());
    }
}
