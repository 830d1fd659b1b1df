package dev.arrowshelf.store.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.catalog.Descriptor.Partition;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.model.TableAttributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

final class DescriptorLayoutTest {
    private static final Descriptor TABLE =
            new Descriptor(
                    TableKey.of("Käse/../\u0000🧀".getBytes(StandardCharsets.UTF_8)),
                    0x1234L,
                    1_700_000_000_000L,
                    7,
                    new byte[] {1, 2, 3, 4, 5},
                    List.of(new Partition(10, 4096, 2), new Partition(0, 512, 0)));

    @Test
    void readsBackWhatItWrites() {
        Descriptor back = DescriptorLayout.decode(DescriptorLayout.encode(TABLE));
        assertThat(back.key()).isEqualTo(TABLE.key());
        assertThat(back.generation()).isEqualTo(0x1234L);
        assertThat(back.createdMillis()).isEqualTo(1_700_000_000_000L);
        assertThat(back.columns()).isEqualTo(7);
        assertThat(back.schema()).containsExactly(1, 2, 3, 4, 5);
        assertThat(back.partitions()).isEqualTo(TABLE.partitions());
        assertThat(back.rows()).isEqualTo(10);
        assertThat(back.bytes()).isEqualTo(4608);
    }

    @Test
    void readsBackWhatWasSaidAndWherePartitionsLie() {
        TableAttributes said = new TableAttributes(1_800_000_000_000L, 60_000, "{\"ä\": 1}");
        SpillPlace place = new SpillPlace(3, SpillCodec.ZSTD, 0xCAFEBABE);
        Descriptor back =
                DescriptorLayout.decode(DescriptorLayout.encode(TABLE.with(said).with(1, place)));
        assertThat(back.attributes()).isEqualTo(said);
        assertThat(back.partitions().get(0).spilled()).isNull();
        assertThat(back.partitions().get(1).spilled()).isEqualTo(place);
    }

    @Test
    void putsTheWordsWhereTheSpecificationSays() {
        ByteBuffer bytes =
                ByteBuffer.wrap(DescriptorLayout.encode(TABLE)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new String(bytes.array(), 0, 8, StandardCharsets.US_ASCII))
                .isEqualTo("ASHTABL1");
        assertThat(bytes.getInt(8)).isEqualTo(2);
        assertThat(bytes.getInt(12)).isEqualTo(bytes.capacity());
        assertThat(bytes.getLong(16)).isEqualTo(0x1234L);
        assertThat(bytes.getLong(32)).isEqualTo(10);
        assertThat(bytes.getLong(40)).isEqualTo(4608);
        assertThat(bytes.getInt(48)).isEqualTo(7);
        assertThat(bytes.getInt(52)).isEqualTo(2);
        assertThat(bytes.getInt(56)).isEqualTo(TABLE.key().length());
        assertThat(bytes.getInt(60)).isEqualTo(5);
        assertThat(bytes.capacity()).isEqualTo(64 + TABLE.key().length() + 5 + 2 * 32 + 20 + 4);
    }

    @Test
    void refusesEveryFlippedBit() {
        byte[] good = DescriptorLayout.encode(TABLE);
        for (int bit = 0; bit < good.length * Byte.SIZE; bit++) {
            byte[] bad = good.clone();
            bad[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertThatThrownBy(() -> DescriptorLayout.decode(bad))
                    .isInstanceOf(ShelfException.class);
        }
    }

    @Test
    void refusesEveryTruncation() {
        byte[] good = DescriptorLayout.encode(TABLE);
        for (int length = 0; length < good.length; length++) {
            byte[] bad = Arrays.copyOf(good, length);
            assertThatThrownBy(() -> DescriptorLayout.decode(bad))
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.CORRUPT));
        }
    }

    @Test
    void refusesHostileHeadersWithAGoodChecksum() {
        long seed = Long.getLong("shelf.seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 20_000; round++) {
            byte[] bad = DescriptorLayout.encode(TABLE);
            int at = 16 + random.nextInt(48);
            bad[at] = (byte) random.nextInt();
            if (random.nextBoolean()) {
                Arrays.fill(bad, at & ~3, (at & ~3) + 4, (byte) 0xff);
            }
            CRC32 crc = new CRC32();
            crc.update(bad, 0, bad.length - 4);
            ByteBuffer.wrap(bad)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(bad.length - 4, (int) crc.getValue());
            try {
                DescriptorLayout.decode(bad);
            } catch (ShelfException refused) {
                assertThat(refused.code()).as("seed=%d", seed).isEqualTo(ErrorCode.CORRUPT);
            }
        }
    }
}
