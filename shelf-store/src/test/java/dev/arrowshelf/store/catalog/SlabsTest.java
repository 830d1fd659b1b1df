package dev.arrowshelf.store.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.store.directory.DiskSync;
import dev.arrowshelf.store.directory.ShelfDirectory;
import dev.arrowshelf.store.directory.ShelfFileName;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SlabsTest {
    private final AtomicLong generations = new AtomicLong(100);
    private Path root;
    private ShelfDirectory directory;
    private TestSlabSupply supply;
    private Slabs slabs;

    @BeforeEach
    void open() throws IOException {
        root = Files.createTempDirectory(Path.of("/dev/shm"), "slabs-test-");
        directory = ShelfDirectory.create(root);
        supply = new TestSlabSupply(directory);
        slabs = new Slabs(directory, supply, generations::incrementAndGet, new DiskSync(false));
    }

    @AfterEach
    void close() throws IOException {
        slabs.close();
        directory.remove();
    }

    private SlabRecord append(String key, byte[] payload) throws IOException {
        SlabRecord facts =
                new SlabRecord(
                        SlabPlace.NONE,
                        generations.incrementAndGet(),
                        TableKey.of(key.getBytes(StandardCharsets.UTF_8)),
                        3,
                        2,
                        1_000);
        return slabs.append(
                facts, payload.length, target -> target.copyFrom(MemorySegment.ofArray(payload)));
    }

    private byte[] payloadInFile(SlabRecord record) throws IOException {
        byte[] payload = new byte[record.place().payloadBytes()];
        try (FileHandle file = FileHandle.openReadOnly(directory.slab(record.place().slab()))) {
            file.read(MemorySegment.ofArray(payload), record.place().payloadOffset());
        }
        return payload;
    }

    private Slabs reopened() {
        slabs.close();
        slabs = new Slabs(directory, supply, generations::incrementAndGet, new DiskSync(false));
        return slabs;
    }

    @Test
    void writesWhatTheSpecificationSays() throws IOException {
        byte[] payload = "payload!".getBytes(StandardCharsets.UTF_8);
        SlabRecord record = append("key", payload);
        byte[] bytes = Files.readAllBytes(directory.slab(record.place().slab()));
        ByteBuffer slab = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new String(bytes, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("ASHSLAB1");
        assertThat(slab.getInt(8)).isEqualTo(1);
        assertThat(slab.getInt(12)).isEqualTo(64);
        assertThat(slab.getLong(16)).isEqualTo(record.place().slab());
        assertThat(slab.getLong(24)).isEqualTo(8 << 20).isEqualTo(bytes.length);
        assertThat(record.place().recordOffset()).isEqualTo(64);
        assertThat(slab.getInt(64)).isEqualTo(1);
        assertThat(new String(bytes, 68, 4, StandardCharsets.US_ASCII)).isEqualTo("ASR1");
        assertThat(slab.getLong(72)).isEqualTo(record.generation());
        assertThat(slab.getInt(80)).isEqualTo(192);
        assertThat(slab.getInt(84)).isEqualTo(3);
        assertThat(slab.getInt(88)).isEqualTo(128);
        assertThat(slab.getInt(92)).isEqualTo(payload.length);
        assertThat(new String(bytes, 128, 3, StandardCharsets.UTF_8)).isEqualTo("key");
        assertThat(new String(bytes, 192, 8, StandardCharsets.UTF_8)).isEqualTo("payload!");
        assertThat(slab.getInt(256)).isZero();
        for (int i = 200; i < bytes.length; i++) {
            assertThat(bytes[i]).isZero();
        }
    }

    @Test
    void findsLiveRecordsAgain() throws IOException {
        SlabRecord one = append("one", new byte[] {1});
        SlabRecord two = append("two", new byte[70_000]);
        SlabRecord three = append("three", new byte[] {3, 3});
        assertThat(slabs.withdraw(two.place())).isTrue();
        assertThat(slabs.withdraw(two.place())).isFalse();
        Slabs.Adopted adopted = reopened().adopt(one.place().slab());
        assertThat(adopted.damage()).isEmpty();
        assertThat(adopted.records()).containsExactly(one, three);
        assertThat(slabs.adopted()).isEmpty();
        SlabRecord four = append("four", new byte[] {4});
        assertThat(four.place().slab()).isEqualTo(one.place().slab());
        assertThat(payloadInFile(four)).containsExactly(4);
        assertThat(payloadInFile(three)).containsExactly(3, 3);
    }

    @Test
    void goesOnAfterARecordThatWasNeverFinished() throws IOException {
        SlabRecord one = append("one", new byte[] {1});
        int end = one.place().recordOffset() + one.place().recordBytes();
        try (FileHandle file = FileHandle.openReadWrite(directory.slab(one.place().slab()))) {
            byte[] torn = new byte[5_000];
            new Random(1).nextBytes(torn);
            file.write(MemorySegment.ofArray(torn), end + 4);
        }
        Slabs.Adopted adopted = reopened().adopt(one.place().slab());
        assertThat(adopted.damage()).isEmpty();
        assertThat(adopted.records()).containsExactly(one);
        slabs.adopted();
        SlabRecord two = append("two", new byte[] {2});
        assertThat(reopened().adopt(one.place().slab()).records()).containsExactly(one, two);
    }

    @Test
    void stopsAtADamagedRecordAndNeverAppendsBehindIt() throws IOException {
        SlabRecord one = append("one", new byte[] {1});
        SlabRecord two = append("two", new byte[] {2});
        append("three", new byte[] {3});
        try (FileHandle file = FileHandle.openReadWrite(directory.slab(one.place().slab()))) {
            file.write(MemorySegment.ofArray(new byte[] {9}), two.place().payloadOffset());
        }
        Slabs.Adopted adopted = reopened().adopt(one.place().slab());
        assertThat(adopted.damage())
                .hasValueSatisfying(text -> assertThat(text).contains("offset="));
        assertThat(adopted.records()).containsExactly(one);
        slabs.adopted();
        assertThat(append("four", new byte[] {4}).place().slab()).isNotEqualTo(one.place().slab());
    }

    @Test
    void survivesAnyDamage() throws IOException {
        long seed = Long.getLong("shelf.seed", System.nanoTime());
        Random random = new Random(seed);
        SlabRecord first = append("first", new byte[100]);
        for (int i = 0; i < 50; i++) {
            append("key" + i, new byte[random.nextInt(300)]);
        }
        Path file = directory.slab(first.place().slab());
        byte[] good = Files.readAllBytes(file);
        int used = 64 * 1024;
        for (int round = 0; round < 200; round++) {
            byte[] bad = good.clone();
            for (int i = 0; i < 3; i++) {
                ByteBuffer.wrap(bad).putInt(64 + 4 * random.nextInt(used / 4), random.nextInt());
            }
            Files.write(file, bad);
            List<SlabRecord> records = reopened().adopt(first.place().slab()).records();
            assertThat(records.size()).as("seed=%d", seed).isBetween(0, 51);
        }
    }

    @Test
    void retiresASlabWhenTheLastRecordGoesAndAnotherIsBeingFilled() throws IOException {
        List<SlabRecord> records = new ArrayList<>();
        while (slabs.count() < 2) {
            records.add(append("key" + records.size(), new byte[60_000]));
        }
        long full = records.getFirst().place().slab();
        for (SlabRecord record : records) {
            slabs.withdraw(record.place());
        }
        assertThat(supply.retired()).containsExactly(full);
        assertThat(slabs.count()).isEqualTo(1);
    }

    @Test
    void movesRecordsOutOfASparseSlab() throws IOException {
        List<SlabRecord> records = new ArrayList<>();
        while (slabs.count() < 2) {
            records.add(append("key" + records.size(), new byte[] {(byte) records.size()}));
        }
        records.removeLast();
        SlabRecord kept = records.removeFirst();
        records.forEach(record -> slabs.withdraw(record.place()));
        assertThat(slabs.sparse()).containsExactly(kept.place().slab());
        SlabRecord moved = slabs.move(kept);
        assertThat(moved).isEqualTo(kept.at(moved.place()));
        assertThat(payloadInFile(moved)).containsExactly(0);
        slabs.withdraw(kept.place());
        assertThat(supply.retired()).containsExactly(kept.place().slab());
    }

    @Test
    void leavesNothingOfAPayloadThatFailed() throws IOException {
        SlabRecord one = append("one", new byte[] {1});
        SlabRecord facts = new SlabRecord(SlabPlace.NONE, 5, one.key(), 0, 0, 0);
        assertThatThrownBy(() ->
                        slabs.append(
                                facts,
                                1_000,
                                target -> {
                                    target.fill((byte) 7);
                                    throw new IllegalStateException("bad payload");
                                }))
                .hasMessage("bad payload");
        SlabRecord two = append("two", new byte[] {2});
        assertThat(reopened().adopt(one.place().slab()).records()).containsExactly(one, two);
    }

    @Test
    void leavesNoFileWhenThereIsNoRoom() throws IOException {
        supply.room(0);
        assertThatThrownBy(() -> append("one", new byte[] {1})).hasMessage("no room");
        assertThat(ShelfDirectory.names(directory.tmp())).isEmpty();
        assertThat(ShelfDirectory.names(directory.segments())).isEmpty();
        supply.room(1);
        assertThat(append("one", new byte[] {1}).place().recordOffset()).isEqualTo(64);
    }

    @Test
    void keepsAModelOfRandomOperations() throws IOException {
        long seed = Long.getLong("shelf.seed", System.nanoTime());
        Random random = new Random(seed);
        Map<Long, SlabRecord> model = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            List<SlabRecord> live = List.copyOf(model.values());
            if (live.isEmpty() || random.nextInt(100) < 55) {
                byte[] payload = new byte[random.nextInt(2_000)];
                random.nextBytes(payload);
                SlabRecord record = append("key" + random.nextInt(1_000), payload);
                model.put(record.generation(), record);
            } else {
                SlabRecord gone = live.get(random.nextInt(live.size()));
                assertThat(slabs.withdraw(gone.place())).as("seed=%d", seed).isTrue();
                model.remove(gone.generation());
            }
            if (step % 5_000 == 4_999) {
                assertThat(scanAll())
                        .as("seed=%d", seed)
                        .containsExactlyInAnyOrderElementsOf(model.values());
            }
        }
    }

    private List<SlabRecord> scanAll() throws IOException {
        List<SlabRecord> all = new ArrayList<>();
        reopened();
        for (String name : ShelfDirectory.names(directory.segments())) {
            all.addAll(slabs.adopt(ShelfFileName.parse(name).orElseThrow().generation()).records());
        }
        slabs.adopted().forEach(slabs::retireIfEmpty);
        return all;
    }

    @Test
    void aRecordThatFillsTheSlabExactlyEndsAtItsEnd() throws IOException {
        int room = (8 << 20) - 64;
        int last = 1 << 20;
        List<SlabRecord> records = new ArrayList<>();
        while (room > last) {
            records.add(append("k", new byte[last - 128]));
            room -= last;
        }
        records.add(append("k", new byte[room - 128]));
        SlabPlace place = records.getLast().place();
        assertThat(place.recordOffset() + place.recordBytes()).isEqualTo(8 << 20);
        assertThat(slabs.count()).isEqualTo(1);
        assertThat(reopened().adopt(place.slab()).records()).isEqualTo(records);
    }
}
