package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.VectorSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Damaged streams of each type are refused by a put with a typed error; what is accepted can be
/// read with arrow-java, all of it.
final class HostileTablePropertyTest {
    private static final int MUTATIONS = Integer.getInteger("shelf.fuzz", 150);
    private static final int ROWS = 12;
    private static final int[] TELLING = {
        0, -1, 1, 2, 3, 0x7f, 0x80, 0xff, Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30, ROWS
    };

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun().withPackedUnions();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    static Stream<Field> fields() {
        return EveryType.fields().stream();
    }

    @ParameterizedTest
    @MethodSource("fields")
    void whatIsAcceptedCanBeRead(Field field) throws IOException {
        byte[] good = stream(field);
        Shelf shelf = temporary.shelf();
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bad = damaged(good);
            try {
                shelf.put(
                        "t",
                        VectorSource.of(Channels.newChannel(new ByteArrayInputStream(bad))),
                        PutOptions.DEFAULT.withUtf8Validation(true));
            } catch (ShelfException refused) {
                assertThat(refused.code())
                        .as("%s, round %d of %s", refused, i, tables)
                        .isIn(
                                ErrorCode.INVALID_IPC,
                                ErrorCode.UNSUPPORTED_IPC,
                                ErrorCode.OUT_OF_MEMORY,
                                ErrorCode.IO);
                continue;
            }
            try (ShelfTable table = shelf.get("t")) {
                assertThat(TableContent.of(table).rows()).hasSize((int) table.rowCount());
            } catch (ShelfException unreadable) {
                assertThat(unreadable.code())
                        .as("%s, round %d of %s", unreadable, i, tables)
                        .isEqualTo(ErrorCode.UNSUPPORTED_IPC);
            } catch (RuntimeException | AssertionError failure) {

                throw new AssertionError("round %d of %s".formatted(i, tables), failure);
            }
        }
    }

    private byte[] stream(Field field) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Schema schema = new Schema(List.of(field), Map.of("table", "metadata"));
        try (RandomTable table = tables.table(schema, ROWS, allocator);
                ArrowStreamWriter writer =
                        new ArrowStreamWriter(table.root(), table.dictionaries(), out)) {
            writer.writeBatch();
            tables.fill(table.root(), ROWS, allocator);
            writer.writeBatch();
            writer.end();
        }
        return out.toByteArray();
    }

    private byte[] damaged(byte[] good) {
        Random random = tables.random();
        byte[] bad = good.clone();
        for (int n = random.nextInt(4) == 0 ? 3 : 1; n > 0; n--) {
            int at = random.nextInt(bad.length);
            switch (random.nextInt(3)) {
                case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bad[at] = (byte) TELLING[random.nextInt(TELLING.length)];
                default -> {
                    int value = TELLING[random.nextInt(TELLING.length)];
                    int width = random.nextBoolean() ? Integer.BYTES : Long.BYTES;
                    for (int i = 0; i < width && at / width * width + i < bad.length; i++) {
                        bad[at / width * width + i] = (byte) (value >> Math.min(31, 8 * i));
                    }
                }
            }
        }
        return bad;
    }
}
