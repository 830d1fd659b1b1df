package dev.arrowshelf.memory.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.ForeignFileException;
import dev.arrowshelf.memory.ShmDirectory;
import dev.arrowshelf.memory.owner.ProcessIdentity;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.zip.CRC32;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ControlBlockTest {
    @TempDir(factory = ShmDirectory.class)
    private Path directory;

    @BeforeEach
    void makeDirectories() throws IOException {
        Files.createDirectory(directory.resolve("tmp"));
    }

    @Test
    void showsWhatWasPublished() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlReader reader = ControlReader.open(directory)) {
            int index = ControlFixture.publish(writer, "prices", 17);
            Slot slot = Objects.requireNonNull(reader.find(ControlFixture.key("prices")));
            assertThat(slot.index()).isEqualTo(index);
            assertThat(slot.generation()).isEqualTo(17);
            assertThat(ControlFixture.belongsTogether(slot)).isTrue();
            assertThat(slot.sequence()).isEqualTo(2).isEqualTo(reader.sequence(index));
            assertThat(reader.find(ControlFixture.key("prices"))).isEqualTo(slot);
            assertThat(reader.find(ControlFixture.key("price"))).isNull();
            assertThat(reader.find(ControlFixture.key("pricesx"))).isNull();
            assertThat(writer.find(ControlFixture.key("prices"))).isEqualTo(slot);
            assertThat(reader.changes()).isEqualTo(1);
        }
    }

    @Test
    void replacesInTheSameSlotAndWithdraws() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlReader reader = ControlReader.open(directory)) {
            int index = ControlFixture.publish(writer, "a", 1);
            assertThat(reader.find(ControlFixture.key("a"))).isNotNull();
            assertThat(ControlFixture.publish(writer, "a", 2)).isEqualTo(index);
            assertThat(reader.sequence(index)).isEqualTo(4);
            assertThat(Objects.requireNonNull(reader.find(ControlFixture.key("a"))).generation())
                    .isEqualTo(2);
            assertThat(
                            Objects.requireNonNull(writer.withdraw(ControlFixture.key("a")))
                                    .generation())
                    .isEqualTo(2);
            assertThat(reader.find(ControlFixture.key("a"))).isNull();
            assertThat(reader.sequence(index)).isEqualTo(6);
            assertThat(writer.withdraw(ControlFixture.key("a"))).isNull();
            assertThat(writer.tables()).isZero();
            assertThat(ControlFixture.publish(writer, "a", 3)).isEqualTo(index);
            assertThat(Objects.requireNonNull(reader.find(ControlFixture.key("a"))).generation())
                    .isEqualTo(3);
        }
    }

    @Test
    void laysOutEveryByteAsTheSpecSays() throws IOException {
        InstantSource clock = InstantSource.fixed(Instant.ofEpochMilli(1_234_567));
        try (ControlWriter writer =
                ControlWriter.create(directory, ControlFixture.settings(1, clock))) {
            writer.install();
            writer.setAddress("localhost:50051");
            writer.setMemoryFigures(new MemoryFigures(1, 2, 3, 4, 5));
            int index =
                    writer.publish(
                            ControlFixture.key("käse"),
                            0x1122334455667788L,
                            SlotLocation.inSegments(3),
                            new TableFigures(10, 20, 30, 40));
            MemorySegment bytes =
                    MemorySegment.ofArray(Files.readAllBytes(directory.resolve("control")));
            assertThat(text(bytes, 0, 8)).isEqualTo("ASHCTRL1");
            assertThat(u32(bytes, 8)).isEqualTo(1);
            assertThat(u32(bytes, 12)).isEqualTo(4096);
            assertThat(u64(bytes, 16)).isZero();
            assertThat(u64(bytes, 24)).isEqualTo(ProcessHandle.current().pid());
            assertThat(u64(bytes, 32)).isEqualTo(ProcessIdentity.self().startTime());
            assertThat(u64(bytes, 40)).isEqualTo(1_234_567);
            assertThat(u64(bytes, 48)).isEqualTo(1);
            long slots = u64(bytes, 56);
            assertThat(Long.bitCount(slots)).isEqualTo(1);
            assertThat(u64(bytes, 64)).isEqualTo(4096);
            long heap = u64(bytes, 72);
            assertThat(heap).isEqualTo(4096 + 96 * slots);
            assertThat(bytes.byteSize()).isEqualTo(heap + u64(bytes, 80));
            assertThat(u64(bytes, 88)).isEqualTo(5);
            assertThat(u64(bytes, 96)).isEqualTo(1);
            assertThat(u64(bytes, 104)).isPositive();
            assertThat(u64(bytes, 112)).isEqualTo(1);
            for (int figure = 0; figure < 5; figure++) {
                assertThat(u64(bytes, 120 + 8L * figure)).isEqualTo(figure + 1);
            }
            assertThat(bytes.asSlice(160, 16).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
            assertThat(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, 176)).isEqualTo((short) 15);
            assertThat(text(bytes, 178, 15)).isEqualTo("localhost:50051");
            assertThat(bytes.asSlice(432, 4096 - 432).toArray(ValueLayout.JAVA_BYTE))
                    .containsOnly(0);
            assertThat(text(bytes, heap, 5)).isEqualTo("käse");
            checkSlot(bytes.asSlice(4096 + 96L * index, 96));
            assertThat(new SlotBytes(bytes.asSlice(4096 + 96L * ((index + 1) % slots), 96)).fits())
                    .isTrue();
        }
    }

    private static void checkSlot(MemorySegment slot) throws IOException {
        KeyHash hash = KeyHash.of(ControlFixture.key("käse"));
        assertThat(u64(slot, 0)).isEqualTo(2);
        assertThat(u64(slot, 8)).isEqualTo(hash.low());
        assertThat(u64(slot, 16)).isEqualTo(hash.high());
        assertThat(u64(slot, 24)).isEqualTo(0x1122334455667788L);
        assertThat(u64(slot, 32)).isZero();
        assertThat(u32(slot, 40)).isEqualTo(5);
        assertThat(slot.get(ValueLayout.JAVA_SHORT_UNALIGNED, 44)).isEqualTo((short) 1);
        assertThat(slot.get(ValueLayout.JAVA_SHORT_UNALIGNED, 46)).isEqualTo((short) 2);
        assertThat(u64(slot, 48)).isEqualTo(3);
        assertThat(u64(slot, 56)).isZero();
        assertThat(u64(slot, 64)).isEqualTo(10);
        assertThat(u64(slot, 72)).isEqualTo(20);
        assertThat(u64(slot, 80)).isEqualTo(40);
        assertThat(u32(slot, 88)).isEqualTo(30);
        assertThat(new SlotBytes(slot).fits()).isTrue();
    }

    /// The checksum as zlib computes it.
    private record SlotBytes(MemorySegment slot) {
        boolean fits() {
            CRC32 crc = new CRC32();
            crc.update(slot.asSlice(0, 92).toArray(ValueLayout.JAVA_BYTE));
            return (int) crc.getValue() == u32(slot, 92);
        }
    }

    @Test
    void hashesKeysAsTheSpecSays() {
        // sha256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 ...
        KeyHash hash = KeyHash.of(ControlFixture.key("abc"));
        assertThat(hash.low()).isEqualTo(0xeacf018fbf1678baL);
        assertThat(hash.high()).isEqualTo(0x2322ae5dde404141L);
    }

    @Test
    void showsTheHeadOfTheBlock() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlReader reader = ControlReader.open(directory)) {
            ControlFixture.publish(writer, "a", 1);
            writer.setAddress("127.0.0.1:1");
            writer.setMemoryFigures(new MemoryFigures(1, 2, 3, 4, 5));
            writer.heartbeat();
            ControlHeader header = reader.header();
            assertThat(header).isEqualTo(writer.header());
            assertThat(header.owner()).isEqualTo(ProcessIdentity.self());
            assertThat(header.address()).isEqualTo("127.0.0.1:1");
            assertThat(header.shelfId()).isEqualTo(ControlFixture.SHELF_ID);
            assertThat(header.features())
                    .isEqualTo(new ShelfFeatures(true, false))
                    .isEqualTo(reader.features());
            assertThat(header.catalogue().tables()).isEqualTo(1);
            assertThat(header.memory()).isEqualTo(new MemoryFigures(1, 2, 3, 4, 5));
            assertThat(header.heartbeatMillis())
                    .isCloseTo(System.currentTimeMillis(), Offset.offset(60_000L));
            assertThat(reader.ownerAlive()).isTrue();
        }
    }

    @Test
    void saysThatNobodyOwnsItAfterClose() throws IOException {
        ControlWriter writer = ControlFixture.installed(directory, 10);
        writer.setAddress("here:1");
        ControlFixture.publish(writer, "a", 1);
        try (ControlReader reader = ControlReader.open(directory)) {
            writer.close();
            writer.close();
            assertThat(reader.ownerAlive()).isFalse();
            assertThat(reader.header().owner().pid()).isZero();
            assertThat(reader.header().address()).isEmpty();
            assertThat(reader.find(ControlFixture.key("a"))).isNotNull();
        }
    }

    @Test
    void growsWithItsTablesAndKeys() throws IOException {
        Map<String, Long> expected = new HashMap<>();
        try (ControlWriter writer = ControlFixture.installed(directory, 0);
                ControlView view = ControlView.open(directory)) {
            ControlReader first = view.current();
            for (long i = 0; i < 5_000; i++) {
                String key = "table " + i + (i % 100 == 0 ? " " + "x".repeat(5_000) : "");
                ControlFixture.publish(writer, key, i);
                expected.put(key, i);
            }
            assertThat(first.isSuperseded()).isTrue();
            assertThat(view.current()).isNotSameAs(first);
            assertThat(writer.tables()).isEqualTo(5_000);
            assertThat(all(view.current())).isEqualTo(expected);
            for (Map.Entry<String, Long> entry : expected.entrySet()) {
                Slot slot =
                        Objects.requireNonNull(
                                view.current().find(ControlFixture.key(entry.getKey())));
                assertThat(slot.generation()).isEqualTo(entry.getValue());
            }
            ControlHeader header = view.current().header();
            assertThat(header.catalogue().tables()).isEqualTo(5_000);
            assertThat(header.catalogue().changes()).isEqualTo(5_000);
            assertThat(directory.resolve("tmp")).isEmptyDirectory();
        }
    }

    @Test
    void staysSmallWhenTablesComeAndGo() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 0);
                ControlView view = ControlView.open(directory)) {
            long slots = view.current().header().catalogue().slots();
            for (long i = 0; i < 20_000; i++) {
                ControlFixture.publish(writer, "short-lived table number " + i, i);
                if (i >= 10) {
                    assertThat(
                                    writer.withdraw(
                                            ControlFixture.key(
                                                    "short-lived table number " + (i - 10))))
                            .isNotNull();
                }
            }
            assertThat(writer.tables()).isEqualTo(10);
            assertThat(view.current().header().catalogue().slots()).isEqualTo(slots);
            assertThat(all(view.current())).hasSize(10);
        }
    }

    @Test
    void isFullyAllocated() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 10_000);
                FileHandle file = FileHandle.openReadOnly(directory.resolve("control"))) {
            assertThat(file.allocatedBytes()).isGreaterThanOrEqualTo(file.size());
            assertThat(file.mode()).isEqualTo(0600);
            assertThat(writer.tables()).isZero();
        }
    }

    @Test
    void takesKeysOfEveryKind() throws IOException {
        Set<String> keys = new HashSet<>();
        keys.addAll(
                Arrays.asList(
                        "/",
                        "..",
                        "a\0b",
                        "\uD83D\uDE00",
                        "x".repeat(10_000),
                        " ",
                        "y".repeat(65_535)));
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlView view = ControlView.open(directory)) {
            long number = 0;
            for (String key : keys) {
                ControlFixture.publish(writer, key, ++number);
            }
            assertThat(all(view.current()).keySet()).isEqualTo(keys);
            assertThatThrownBy(() -> ControlFixture.publish(writer, "", 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ControlFixture.publish(writer, "z".repeat(65_536), 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("bytes=65536, most=65535");
        }
    }

    @Test
    void refusesAddressesThatDoNotFit() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 10)) {
            assertThatThrownBy(() -> writer.setAddress("h".repeat(255)))
                    .isInstanceOf(IllegalArgumentException.class);
            writer.setAddress("h".repeat(254));
            assertThat(writer.header().address()).hasSize(254);
        }
    }

    @Test
    void refusesFilesThatAreNoControlBlocks() throws IOException {
        assertThatThrownBy(() -> ControlReader.open(directory))
                .isInstanceOf(NoSuchFileException.class);
        ControlFixture.installed(directory, 10).close();
        Path path = directory.resolve("control");
        byte[] good = Files.readAllBytes(path);
        for (int at : new int[] {0, 8, 12, 56, 57, 63, 64, 73, 79, 87}) {
            byte[] bad = good.clone();
            bad[at] ^= 0x55;
            Files.write(path, bad);
            assertThatThrownBy(() -> ControlReader.open(directory))
                    .as("byte %d", at)
                    .isInstanceOf(ForeignFileException.class);
        }
        Files.write(path, Arrays.copyOf(good, 100));
        assertThatThrownBy(() -> ControlReader.open(directory))
                .isInstanceOf(ForeignFileException.class);
        Files.write(path, Arrays.copyOf(good, good.length - 1));
        assertThatThrownBy(() -> ControlReader.open(directory))
                .isInstanceOf(ForeignFileException.class);
    }

    @Test
    void aDamagedSlotCountsAsWithdrawnOnceItsOwnerIsGone() throws IOException {
        ControlWriter writer = ControlFixture.installed(directory, 10);
        int index = ControlFixture.publish(writer, "a", 1);
        ControlFixture.publish(writer, "b", 2);
        writer.close();
        try (FileHandle file = FileHandle.openReadWrite(directory.resolve("control"))) {
            file.write(MemorySegment.ofArray(new byte[] {99}), 4096 + 96L * index + 70);
        }
        try (ControlReader reader = ControlReader.open(directory)) {
            assertThat(reader.find(ControlFixture.key("a"))).isNull();
            assertThat(reader.find(ControlFixture.key("b"))).isNotNull();
            assertThat(all(reader)).containsOnlyKeys("b");
        }
    }

    @Test
    void anUnstableSlotOfALivingOwnerIsBusyNotMissing() throws IOException {
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlReader reader = ControlReader.open(directory);
                FileHandle file = FileHandle.openReadWrite(directory.resolve("control"))) {
            int index = ControlFixture.publish(writer, "a", 1);
            file.write(MemorySegment.ofArray(new byte[] {3}), 4096 + 96L * index);
            assertThatThrownBy(() -> reader.find(ControlFixture.key("a")))
                    .isInstanceOf(CatalogueBusyException.class)
                    .hasMessageContaining("waitedMillis=");
        }
    }

    @Test
    void aNewOwnerSupersedesWhatTheOldOneLeft() throws IOException {
        ControlWriter before = ControlFixture.installed(directory, 10);
        ControlFixture.publish(before, "old", 1);
        try (ControlView view = ControlView.open(directory)) {
            before.close();
            try (ControlWriter after =
                    ControlWriter.create(directory, ControlFixture.settings(10))) {
                ControlFixture.publish(after, "new", 2);
                assertThat(all(view.current())).containsOnlyKeys("old");
                after.install();
                assertThat(all(view.current())).containsOnlyKeys("new");
                after.install();
                assertThat(view.current().isSuperseded()).isFalse();
            }
        }
    }

    @Test
    void growsBeforeItIsInstalledWithoutTellingAnybody() throws IOException {
        try (ControlWriter first = ControlFixture.installed(directory, 10);
                ControlReader reader = ControlReader.open(directory);
                ControlWriter next = ControlWriter.create(directory, ControlFixture.settings(0))) {
            for (long i = 0; i < 1_000; i++) {
                ControlFixture.publish(next, "t" + i, i);
            }
            assertThat(reader.isSuperseded()).isFalse();
            next.install();
            assertThat(reader.isSuperseded()).isTrue();
            try (ControlReader now = ControlReader.open(directory)) {
                assertThat(all(now)).hasSize(1_000);
            }
            assertThat(directory.resolve("tmp")).isEmptyDirectory();
            assertThat(first.tables()).isZero();
        }
    }

    @Test
    void replacesWhateverHasTheNameControl() throws IOException {
        Files.writeString(directory.resolve("control"), "not a control block");
        try (ControlWriter writer = ControlFixture.installed(directory, 10);
                ControlReader reader = ControlReader.open(directory)) {
            assertThat(reader.incarnation()).isEqualTo(writer.header().catalogue().incarnation());
        }
    }

    @Test
    void aViewRefusesUseAfterClose() throws IOException {
        ControlFixture.installed(directory, 10).close();
        ControlView view = ControlView.open(directory);
        ControlReader reader = view.current();
        view.close();
        view.close();
        assertThatThrownBy(() -> reader.find(ControlFixture.key("a")))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(view::current).isInstanceOf(IllegalStateException.class);
    }

    private static Map<String, Long> all(ControlReader reader) throws IOException {
        Map<String, Long> found = new HashMap<>();
        reader.forEach((key, slot) -> {
            assertThat(ControlFixture.belongsTogether(slot)).isTrue();
            found.put(new String(key, StandardCharsets.UTF_8), slot.generation());
        });
        return found;
    }

    private static String text(MemorySegment bytes, long at, int length) {
        return new String(
                bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static int u32(MemorySegment bytes, long at) {
        return bytes.get(ValueLayout.JAVA_INT_UNALIGNED, at);
    }

    private static long u64(MemorySegment bytes, long at) {
        return bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
    }
}
