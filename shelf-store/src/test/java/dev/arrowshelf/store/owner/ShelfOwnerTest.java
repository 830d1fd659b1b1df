package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class ShelfOwnerTest {
    private TestShelf shelf;

    @BeforeEach
    void open() throws IOException {
        shelf = new TestShelf();
    }

    @AfterEach
    void close() throws IOException {
        shelf.checkInvariants();
        shelf.close();
    }

    private static void assertCode(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ShelfException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void smallTablesAreReadBackFromASlab() throws IOException {
        byte[] stream = TestTables.stream(1, 2, 20);
        TableInfo info = shelf.putSmall("käse/../🧀", stream);
        assertThat(info.rows()).isEqualTo(40);
        assertThat(info.columns()).isEqualTo(5);
        assertThat(info.partitions()).isEqualTo(1);
        assertThat(shelf.read("käse/../🧀")).isEqualTo(TestShelf.lines(stream));
        assertThat(shelf.owner().info(TestShelf.key("käse/../🧀"))).isEqualTo(info);
        assertThat(shelf.names("tables")).isEmpty();
    }

    @Test
    void largeTablesAreReadBackFromSegments() throws IOException {
        byte[] stream = TestTables.stream(2, 3, 30_000);
        TableInfo info = shelf.put("big", stream);
        assertThat(info.rows()).isEqualTo(90_000);
        assertThat(shelf.read("big")).isEqualTo(TestShelf.lines(stream));
        assertThat(shelf.names("tables")).hasSize(1);
        assertThat(Files.getAttribute(shelf.segment(info.generation(), 0), "unix:mode"))
                .isEqualTo(0100400);
    }

    @Test
    void aStreamTooLargeForASlabGoesIntoASegment() throws IOException {
        byte[] stream = TestTables.stream(3, 2, 5_000);
        shelf.putSmall("large", stream);
        assertThat(shelf.names("tables")).hasSize(1);
        assertThat(shelf.read("large")).isEqualTo(TestShelf.lines(stream));
    }

    @Test
    void tablesSurviveARestart() throws IOException {
        byte[] small = TestTables.stream(4, 1, 5);
        byte[] large = TestTables.stream(5, 2, 9_000);
        TableInfo one = shelf.putSmall("small", small);
        TableInfo two = shelf.put("large", large);
        shelf.reopen();
        assertThat(shelf.owner().info(TestShelf.key("small"))).isEqualTo(one);
        assertThat(shelf.owner().info(TestShelf.key("large"))).isEqualTo(two);
        assertThat(shelf.read("small")).isEqualTo(TestShelf.lines(small));
        assertThat(shelf.read("large")).isEqualTo(TestShelf.lines(large));
        assertThat(shelf.putSmall("next", small).generation()).isGreaterThan(two.generation());
    }

    @Test
    void appendsArriveInTheFileThatGrows() throws IOException {
        byte[] stream = TestTables.stream(6, 40, 3_000);
        TableInfo info = shelf.put("appended", stream, PutOptions.DEFAULT, 1);
        assertThat(shelf.read("appended")).isEqualTo(TestShelf.lines(stream));
        assertThat(info.partitions()).isEqualTo(1);
    }

    @Test
    void partitionLimitsCutATableAndCarryItsDictionary() throws IOException {
        byte[] stream = TestTables.stream(7, 10, 1_000);
        TableInfo byRows =
                shelf.put("rows", stream, PutOptions.DEFAULT.withPartitions(3_000, 0), 2);
        assertThat(byRows.partitions()).isEqualTo(4);
        assertThat(shelf.read("rows")).isEqualTo(TestShelf.lines(stream));
        TableInfo byBytes =
                shelf.put("bytes", stream, PutOptions.DEFAULT.withPartitions(0, 100_000), 100);
        assertThat(byBytes.partitions()).isGreaterThan(2);
        assertThat(shelf.read("bytes")).isEqualTo(TestShelf.lines(stream));
        TableInfo one = shelf.put("one", stream, PutOptions.DEFAULT.withPartitions(1, 1), 100);
        assertThat(one.partitions()).isEqualTo(10);
        assertThat(shelf.read("one")).isEqualTo(TestShelf.lines(stream));
    }

    @Test
    void replacingKeepsTheKeyAndDropsTheOldGeneration() throws IOException {
        byte[] small = TestTables.stream(8, 1, 5);
        byte[] large = TestTables.stream(9, 1, 20_000);
        for (int round = 0; round < 3; round++) {
            shelf.putSmall("key", small);
            assertThat(shelf.read("key")).isEqualTo(TestShelf.lines(small));
            shelf.put("key", large);
            assertThat(shelf.read("key")).isEqualTo(TestShelf.lines(large));
            shelf.put("key", large);
        }
        assertThat(shelf.keys()).containsExactly("key");
        assertThat(shelf.names("tables")).hasSize(1);
    }

    @Test
    void anExistingKeyIsKeptWhenReplacingIsNotAllowed() throws IOException {
        byte[] first = TestTables.stream(10, 1, 5);
        byte[] second = TestTables.stream(11, 1, 5);
        shelf.putSmall("key", first);
        PutOptions keep = PutOptions.DEFAULT.withReplace(false);
        assertCode(
                ErrorCode.ALREADY_EXISTS,
                () ->
                        shelf.owner()
                                .putSmall(
                                        TestShelf.key("key"), MemorySegment.ofArray(second), keep));
        assertThatThrownBy(() -> shelf.put("key", second, keep, 10))
                .isInstanceOf(ShelfException.class);
        assertThat(shelf.read("key")).isEqualTo(TestShelf.lines(first));
        shelf.put("other", second, keep, 10);
        assertThat(shelf.read("other")).isEqualTo(TestShelf.lines(second));
    }

    @Test
    void deletesAndForgets() throws IOException {
        shelf.putSmall("small", TestTables.stream(12, 1, 5));
        shelf.put("large", TestTables.stream(13, 1, 9_000));
        assertThat(shelf.owner().delete(TestShelf.key("small"))).isTrue();
        assertThat(shelf.owner().delete(TestShelf.key("large"))).isTrue();
        assertThat(shelf.owner().delete(TestShelf.key("large"))).isFalse();
        assertThat(shelf.read("large")).isNull();
        assertThat(shelf.keys()).isEmpty();
        shelf.reopen();
        assertThat(shelf.keys()).isEmpty();
    }

    @Test
    void deletesEverythingAtOnce() throws IOException {
        for (int i = 0; i < 200; i++) {
            shelf.putSmall("small" + i, TestTables.stream(i, 1, 5));
        }
        shelf.put("large", TestTables.stream(13, 1, 9_000));
        assertThat(shelf.owner().deleteAll()).isEqualTo(201);
        assertThat(shelf.keys()).isEmpty();
        assertThat(shelf.read("large")).isNull();
        assertThat(shelf.owner().deleteAll()).isZero();
        byte[] after = TestTables.stream(14, 1, 5);
        shelf.putSmall("after", after);
        shelf.reopen();
        assertThat(shelf.keys()).containsExactly("after");
        assertThat(shelf.read("after")).isEqualTo(TestShelf.lines(after));
    }

    @Test
    void anAbandonedPutLeavesNothing() throws IOException {
        byte[] stream = TestTables.stream(15, 4, 9_000);
        MemorySegment bytes = MemorySegment.ofArray(stream);
        List<LocatedMessage> located = IpcScanner.scan(bytes);
        try (PutTransaction put =
                shelf.owner()
                        .beginPut(
                                TestShelf.key("never"),
                                PutOptions.DEFAULT,
                                located.stream().map(LocatedMessage::message).toList())) {
            assertThat(put.plan().files()).hasSize(1);
            assertThat(shelf.owner().status().memory().writing()).isPositive();
            assertThat(shelf.read("never")).isNull();
        }
        assertThat(shelf.owner().status().memory().writing()).isZero();
        TestShelf.await(() -> shelf.names("tmp").isEmpty(), "the file goes");
    }

    @Test
    void aStreamThatReplacesATableBeginsWithAsManyPages() throws IOException {
        byte[] stream = TestTables.stream(18, 4, 80_000);
        long bytes = shelf.put("again", stream).bytes();
        List<IpcMessage> messages =
                IpcScanner.scan(MemorySegment.ofArray(stream)).stream()
                        .map(LocatedMessage::message)
                        .toList();
        TestShelf.await(
                () -> {
                    try (PutTransaction put = begin("again", messages.getFirst())) {
                        PlannedFile file = put.append(messages.subList(1, 2)).files().getFirst();
                        return file.bytes() >= bytes && file.warmBytes() >= bytes;
                    }
                },
                "the first part of a stream gets pages for all of it");
        byte[] shorter = TestTables.stream(19, 1, 20_000);
        assertThat(shelf.put("again", shorter, PutOptions.DEFAULT, 1).bytes()).isLessThan(bytes);
        assertThat(shelf.read("again")).isEqualTo(TestShelf.lines(shorter));
    }

    private PutTransaction begin(String key, IpcMessage schema) {
        return shelf.owner().beginPut(TestShelf.key(key), PutOptions.DEFAULT, List.of(schema));
    }

    @Test
    void generationsOfBlanksOfAnEarlierOwnerAreNotGivenAgain() throws IOException {
        shelf.owner();
        shelf.closeOwner();
        long later = 1_000 * (System.currentTimeMillis() + 60_000);
        for (int i = 0; i < 2; i++) {
            Path blank =
                    shelf.directory().resolve("pool").resolve("%016x.blank".formatted(later + i));
            try (FileHandle file = FileHandle.create(blank, 0600)) {
                file.truncate(2 << 20);
                file.allocate(0, 2 << 20);
            }
        }
        TableInfo info = shelf.put("after", TestTables.stream(18, 1, 3_000));
        assertThat(info.generation()).isGreaterThan(later + 1);
    }

    @Test
    void aPutBeginsWithTheLengthThatItExpects() {
        long expected = 8 << 20;
        MemorySegment bytes = MemorySegment.ofArray(TestTables.stream(17, 1, 3_000));
        List<LocatedMessage> located = IpcScanner.scan(bytes);
        TestShelf.await(
                () -> shelf.owner().status().memory().pool() >= expected, "the pool is filled");
        try (PutTransaction put =
                shelf.owner()
                        .beginPut(
                                TestShelf.key("expected"),
                                PutOptions.DEFAULT.withExpectedBytes(expected),
                                List.of(located.getFirst().message()))) {
            PutPlan plan = put.append(List.of(located.get(1).message()));
            assertThat(plan.files().getFirst().bytes()).isGreaterThanOrEqualTo(expected);
        }
    }

    @Test
    void aPutBeginsWithTheLengthThatItExpectsAlsoWhenBatchesComeWithTheSchema() {
        long expected = 8 << 20;
        MemorySegment bytes = MemorySegment.ofArray(TestTables.stream(17, 1, 3_000));
        List<LocatedMessage> located = IpcScanner.scan(bytes);
        TestShelf.await(
                () -> shelf.owner().status().memory().pool() >= expected, "the pool is filled");
        try (PutTransaction put =
                shelf.owner()
                        .beginPut(
                                TestShelf.key("expected"),
                                PutOptions.DEFAULT.withExpectedBytes(expected),
                                List.of(located.get(0).message(), located.get(1).message()))) {
            assertThat(put.plan().files().getFirst().bytes()).isGreaterThanOrEqualTo(expected);
        }
    }

    @Test
    void badKeysAreRefused() {
        byte[] stream = TestTables.stream(16, 1, 5);
        assertCode(ErrorCode.INVALID_KEY, () -> shelf.putSmall("", stream));
        assertCode(ErrorCode.INVALID_KEY, () -> shelf.putSmall("x".repeat(65_536), stream));
        assertCode(
                ErrorCode.INVALID_KEY,
                () ->
                        shelf.owner()
                                .putSmall(
                                        new byte[] {(byte) 0xff},
                                        MemorySegment.ofArray(stream),
                                        PutOptions.DEFAULT));
        shelf.putSmall("x".repeat(65_535), stream);
        shelf.putSmall("nul\u0000nul", stream);
        assertThat(shelf.keys()).hasSize(2);
    }

    @Test
    void damagedStreamsPublishNothing() {
        byte[] stream = TestTables.stream(17, 2, 100);
        byte[] cut = Arrays.copyOf(stream, stream.length / 2);
        assertThatThrownBy(() -> shelf.putSmall("cut", cut)).isInstanceOf(ShelfException.class);
        assertThatThrownBy(() -> shelf.putSmall("empty", new byte[0]))
                .isInstanceOf(ShelfException.class);
        assertThat(shelf.keys()).isEmpty();
    }

    @Test
    void statusTellsWhereTheBytesAre() throws IOException {
        shelf.owner().setAddress("localhost:50051");
        shelf.put("large", TestTables.stream(18, 1, 50_000));
        ShelfStatus status = shelf.owner().status();
        assertThat(status.tables()).isEqualTo(1);
        assertThat(status.address()).isEqualTo("localhost:50051");
        assertThat(status.ownerPid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(status.memory().limit()).isEqualTo(256L << 20);
        assertThat(status.memory().resident()).isGreaterThan(1_000_000);
        assertThat(status.features()).containsEntry("leases", "on").containsEntry("tmpfs", "on");
        assertThat(status.warnings()).isEmpty();
        try (ControlReader control = ControlReader.open(shelf.directory())) {
            assertThat(control.header().address()).isEqualTo("localhost:50051");
            assertThat(control.ownerAlive()).isTrue();
            TestShelf.await(
                    () -> control.header().memory().residentBytes() > 1_000_000,
                    "the keeper's beat");
        }
    }

    @Test
    void aSecondOwnerIsToldWhoOwnsTheShelf() {
        shelf.owner();
        assertThatThrownBy(() -> ShelfOwner.open(shelf.options()))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.SHELF_OWNED))
                .hasMessageContaining("pid=" + ProcessHandle.current().pid());
    }

    @Test
    void aClosedOwnerAnswersClosedAndItsTablesStayReadable() throws IOException {
        byte[] stream = TestTables.stream(19, 1, 9_000);
        shelf.put("large", stream);
        ShelfOwner owner = shelf.owner();
        PutTransaction open =
                owner.beginPut(
                        TestShelf.key("open"),
                        PutOptions.DEFAULT,
                        IpcScanner.scan(MemorySegment.ofArray(stream)).stream()
                                .map(LocatedMessage::message)
                                .toList());
        shelf.closeOwner();
        owner.close();
        assertCode(ErrorCode.CLOSED, () -> owner.delete(TestShelf.key("large")));
        assertCode(ErrorCode.CLOSED, open::commit);
        assertThat(shelf.names("tmp")).isEmpty();
        assertThat(shelf.read("large")).isEqualTo(TestShelf.lines(stream));
        try (ControlReader control = ControlReader.open(shelf.directory())) {
            assertThat(control.header().owner().pid()).isZero();
        }
    }

    @Test
    void anEphemeralShelfGoesWithItsOwner() throws IOException {
        TestShelf other = new TestShelf();
        other.with(other.options().withEphemeral(true));
        other.putSmall("small", TestTables.stream(20, 1, 5));
        other.put("large", TestTables.stream(21, 1, 9_000));
        other.closeOwner();
        assertThat(other.directory()).doesNotExist();
        other.close();
    }
}
