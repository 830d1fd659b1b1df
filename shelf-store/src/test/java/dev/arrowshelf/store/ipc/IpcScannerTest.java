package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;

final class IpcScannerTest {
    private static final Schema SCHEMA = TestSchemas.of(TestSchemas.int32("x"));
    private static final TestBatch BATCH = new TestBatch(2).node(2, 0).buffer().ints(1, 2);

    private static void assertInvalid(byte[] bytes, String part) {
        assertThatThrownBy(() -> IpcScanner.scan(MemorySegment.ofArray(bytes)))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_IPC))
                .hasMessageContaining(part);
    }

    @Test
    void findsTheMessagesOfStreamsOldAndNewAndOfFiles() {
        byte[] stream = new IpcBytes(SCHEMA).begin().batch(BATCH).batch(BATCH).end();
        byte[] old = new IpcBytes(SCHEMA).withOldFraming().begin().batch(BATCH).batch(BATCH).end();
        byte[] file = new IpcBytes(SCHEMA).asFile().begin().batch(BATCH).batch(BATCH).end();

        for (byte[] bytes : new byte[][] {stream, old, file}) {
            MemorySegment memory = MemorySegment.ofArray(bytes);
            assertThat(IpcScanner.scan(memory)).hasSize(3);
            for (LocatedMessage located : IpcScanner.scan(memory).subList(1, 3)) {
                assertThat(located.message().bodyBytes()).isEqualTo(8);
                assertThat(memory.get(SegmentLayout.INT, located.bodyOffset())).isEqualTo(1);
            }
        }
    }

    @Test
    void takesAStreamThatEndsWithoutSayingSo() {
        byte[] stream = new IpcBytes(SCHEMA).begin().batch(BATCH).end();
        byte[] open = Arrays.copyOf(stream, stream.length - 8);

        assertThat(IpcScanner.scan(MemorySegment.ofArray(open))).hasSize(2);
    }

    @Test
    void refusesWhatIsCutOff() {
        byte[] stream = new IpcBytes(SCHEMA).begin().batch(BATCH).end();
        byte[] file = new IpcBytes(SCHEMA).asFile().begin().batch(BATCH).end();

        assertInvalid(new byte[0], "no schema message");
        assertInvalid(Arrays.copyOf(stream, 3), "bytes=3");
        assertInvalid(Arrays.copyOf(stream, 40), "message lies outside");
        assertInvalid(Arrays.copyOf(stream, stream.length - 9), "body lies outside");
        assertInvalid(Arrays.copyOf(file, file.length - 1), "does not begin and end");
        assertInvalid(Arrays.copyOf(file, 8), "bytes=8");
    }

    @Test
    void refusesFootersThatPointOutside() {
        byte[] file = new IpcBytes(SCHEMA).asFile().begin().batch(BATCH).end();
        byte[] length = file.clone();
        length[file.length - 7] = 0x7f;
        assertInvalid(length, "footer lies outside");

        byte[] negative = file.clone();
        negative[file.length - 7] = (byte) 0x80;
        assertInvalid(negative, "footer lies outside");
    }
}
