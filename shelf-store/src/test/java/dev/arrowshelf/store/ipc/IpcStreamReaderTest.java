package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class IpcStreamReaderTest {
    static LongStream seeds() {
        long first = Long.getLong("shelf.seed", 11L);
        return LongStream.range(first, first + 100);
    }

    /// A channel that gives a few bytes at a time, as sockets do.
    private static final class Trickle implements ReadableByteChannel {
        private final ByteBuffer bytes;
        private final Random random;

        Trickle(byte[] bytes, long seed) {
            this.bytes = ByteBuffer.wrap(bytes);
            this.random = new Random(seed);
        }

        @Override
        public int read(ByteBuffer target) {
            if (!bytes.hasRemaining()) {
                return -1;
            }
            int count =
                    Math.min(Math.min(random.nextInt(40), target.remaining()), bytes.remaining());
            target.put(bytes.slice(bytes.position(), count));
            bytes.position(bytes.position() + count);
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    private static byte[] stream(long seed) {
        RandomTables tables = new RandomTables(new Random(seed));
        Schema schema = tables.schema(3);
        IpcBytes ipc = new IpcBytes(schema);
        tables.write(schema, ipc, false);
        return ipc.end();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void readsBodiesStraightIntoTheirPlaces(long seed) throws IOException {
        byte[] stream = stream(seed);
        MemorySegment expected =
                SegmentMaker.make(MemorySegment.ofArray(stream), 0, true).getFirst();
        MemorySegment file = MemorySegment.ofArray(new byte[(int) expected.byteSize()]);
        IpcStreamReader reader = new IpcStreamReader(new Trickle(stream, seed));
        SegmentComposer composer =
                new SegmentComposer(
                        IpcSchema.parse(Objects.requireNonNull(reader.next()).metadata()));

        for (IpcMessage message = reader.next(); message != null; message = reader.next()) {
            List<CopyRange> ranges = composer.add(message, 1000);
            reader.readBody(ranges, 1000, file);
        }
        composer.writeMetadata(new SegmentMaker.Output(file), file.byteSize());

        assertThat(reader.next()).isNull();
        assertThat(file.mismatch(expected)).isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void skipsBodiesThatNobodyReads(long seed) throws IOException {
        byte[] stream = stream(seed);
        int messages = IpcScanner.scan(MemorySegment.ofArray(stream)).size();
        IpcStreamReader reader = new IpcStreamReader(new Trickle(stream, seed));

        int found = 0;
        for (IpcMessage message = reader.next(); message != null; message = reader.next()) {
            found++;
            if (found % 2 == 0) {
                reader.readBody(MemorySegment.ofArray(new byte[(int) message.bodyBytes()]));
            }
        }

        assertThat(found).isEqualTo(messages);
    }

    @Test
    void tellsACutStreamFromAnEndedOne() throws IOException {
        byte[] stream = stream(1);
        List<LocatedMessage> messages = IpcScanner.scan(MemorySegment.ofArray(stream));
        LocatedMessage last = messages.getLast();
        int end = (int) (last.bodyOffset() + last.message().bodyBytes());

        IpcStreamReader whole = new IpcStreamReader(new Trickle(Arrays.copyOf(stream, end), 1));
        while (whole.next() != null) {}
        IpcStreamReader cut = new IpcStreamReader(new Trickle(Arrays.copyOf(stream, end - 1), 1));
        assertThatThrownBy(
                        () -> {
                            while (cut.next() != null) {}
                        })
                .hasMessageContaining("cut off");
    }

    @Test
    void believesLengthsOnlyAsFarAsBytesArrive() {
        byte[] huge = {-1, -1, -1, -1, 0, 0, 0, 2, 1, 2, 3};
        byte[] negative = {-1, -1, -1, -1, -2, -1, -1, -1};

        assertThatThrownBy(() -> new IpcStreamReader(new Trickle(huge, 1)).next())
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_IPC))
                .hasMessageContaining("cut off");
        assertThatThrownBy(() -> new IpcStreamReader(new Trickle(negative, 1)).next())
                .hasMessageContaining("metadataBytes=-2");
    }
}
