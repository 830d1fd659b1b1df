package dev.arrowshelf.store.ipc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class SegmentComposerTest {
    private static final Schema NUMBERS =
            TestSchemas.of(TestSchemas.int32("x"), TestSchemas.int32("y"));
    private static final Schema WORDS =
            TestSchemas.of(
                    TestSchemas.dictionary("d", 1, 8, true),
                    TestSchemas.dictionary("e", 2, 8, false));

    private static TestBatch numbers() {
        return new TestBatch(3)
                .node(3, 1)
                .buffer((byte) 5)
                .ints(1, 2, 3)
                .node(3, 0)
                .buffer()
                .ints(4, 5, 6);
    }

    private static TestBatch indices(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return new TestBatch(bytes.length)
                .node(bytes.length, 0)
                .buffer()
                .buffer(bytes)
                .node(bytes.length, 0)
                .buffer()
                .buffer(new byte[bytes.length]);
    }

    private static List<LocatedMessage> messages(byte[] stream) {
        return IpcScanner.scan(MemorySegment.ofArray(stream));
    }

    private static SegmentComposer composer(List<LocatedMessage> messages) {
        return new SegmentComposer(IpcSchema.parse(messages.getFirst().message().metadata()));
    }

    private static void assertRefused(ErrorCode code, String part, ThrowingCallable action) {
        assertThatThrownBy(action)
                .isInstanceOfSatisfying(
                        ShelfException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(part);
    }

    @Test
    void plansOneCopyForEachBufferThatHasBytes() {
        List<LocatedMessage> messages =
                messages(new IpcBytes(NUMBERS).begin().batch(numbers()).end());
        SegmentComposer composer = composer(messages);

        List<CopyRange> ranges = composer.add(messages.get(1).message(), 1000);

        assertThat(ranges).hasSize(3).allMatch(range -> range.targetOffset() % 64 == 0);
        assertThat(ranges)
                .extracting(CopyRange::sourcePosition)
                .containsExactly(1000L, 1008L, 1024L);
        assertThat(ranges).extracting(CopyRange::bytes).containsExactly(1L, 12L, 12L);
        assertThat(ranges.get(1).targetOffset() - ranges.get(0).targetOffset()).isEqualTo(64);
        assertThat(composer.rows()).isEqualTo(3);
        assertThat(composer.batches()).isEqualTo(1);
        assertThat(composer.rowsOf(messages.get(1).message())).isEqualTo(3);
    }

    /// The blank may have held another table: what lies around the buffers must not depend on it.
    @Test
    void leavesNothingOfWhatTheFileHeldBefore() throws IOException {
        byte[] stream = new IpcBytes(NUMBERS).begin().batch(numbers()).batch(numbers()).end();
        for (int spare : new int[] {0, 1, 7, 8, 9, 63, 64, 5000}) {
            MemorySegment one =
                    SegmentMaker.make(MemorySegment.ofArray(stream), spare, true).getFirst();
            MemorySegment other =
                    SegmentMaker.make(MemorySegment.ofArray(stream), 0, true).getFirst();

            MemorySegment blank = MemorySegment.ofArray(new byte[(int) one.byteSize()]);
            List<LocatedMessage> messages = messages(stream);
            SegmentComposer composer = composer(messages);
            for (LocatedMessage located : messages.subList(1, 3)) {
                for (CopyRange range : composer.add(located.message(), located.bodyOffset())) {
                    MemorySegment.copy(
                            MemorySegment.ofArray(stream),
                            range.sourcePosition(),
                            blank,
                            range.targetOffset(),
                            range.bytes());
                }
            }
            composer.writeMetadata(new SegmentMaker.Output(blank), blank.byteSize());

            assertThat(one.mismatch(blank)).isEqualTo(-1);
            assertThat(IpcContent.ofSegment(one)).isEqualTo(IpcContent.ofSegment(other));
        }
    }

    @Test
    void refusesAFileThatIsTooShort() {
        SegmentComposer composer = composer(messages(new IpcBytes(NUMBERS).begin().end()));
        MemorySegment file = MemorySegment.ofArray(new byte[(int) composer.contentBytes() - 1]);

        assertThatThrownBy(() ->
                        composer.writeMetadata(new SegmentMaker.Output(file), file.byteSize()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("contentBytes=");
    }

    @Test
    void noticesMetadataThatWasWrittenOver() throws IOException {
        List<LocatedMessage> messages =
                messages(new IpcBytes(NUMBERS).begin().batch(numbers()).end());
        SegmentComposer composer = composer(messages);
        List<CopyRange> ranges = composer.add(messages.get(1).message(), 0);
        MemorySegment file = MemorySegment.ofArray(new byte[(int) composer.contentBytes()]);
        composer.writeMetadata(new SegmentMaker.Output(file), file.byteSize());
        composer.verify(file);

        int changes = 0;
        for (long at = 0; at < file.byteSize(); at++) {
            byte before = file.get(ValueLayout.JAVA_BYTE, at);
            file.set(ValueLayout.JAVA_BYTE, at, (byte) (before + 1));
            boolean noticed = false;
            try {
                composer.verify(file);
            } catch (ShelfException e) {
                noticed = true;
                changes++;
                assertThat(e.code()).isEqualTo(ErrorCode.INVALID_IPC);
                assertThat(e).hasMessageContaining("offset=" + at);
            }
            long body = ranges.getFirst().targetOffset();
            assertThat(noticed).isEqualTo(at < body || at >= body + 192);
            file.set(ValueLayout.JAVA_BYTE, at, before);
        }
        assertThat(changes).isGreaterThan(500);
    }

    @Test
    void keepsItsOwnCopyOfTheMetadata() throws IOException {
        byte[] stream = new IpcBytes(NUMBERS).begin().batch(numbers()).end();
        byte[] other = stream.clone();
        List<LocatedMessage> messages = messages(stream);
        SegmentComposer composer = composer(messages);
        composer.add(messages.get(1).message(), 0);
        Arrays.fill(stream, (byte) 1);
        MemorySegment file = MemorySegment.ofArray(new byte[(int) composer.contentBytes()]);
        composer.writeMetadata(new SegmentMaker.Output(file), file.byteSize());

        assertThat(IpcContent.ofSegment(file).schema())
                .isEqualTo(IpcContent.ofStream(other).schema());
    }

    @Test
    void beginsAPartitionWhereADictionaryIsReplacedAndCarriesTheOthers() {
        byte[] stream =
                new IpcBytes(WORDS)
                        .begin()
                        .dictionary(1, false, TestSchemas.letters("ab"))
                        .dictionary(2, false, TestSchemas.letters("q"))
                        .batch(indices(0, 1))
                        .dictionary(2, true, TestSchemas.letters("r"))
                        .dictionary(1, false, TestSchemas.letters("xyz"))
                        .batch(indices(2))
                        .end();
        List<LocatedMessage> messages = messages(stream);
        SegmentComposer first = composer(messages);
        for (LocatedMessage located : messages.subList(1, 5)) {
            assertThat(first.accepts(located.message())).isTrue();
            first.add(located.message(), 0);
        }
        IpcMessage replacement = messages.get(5).message();
        IpcMessage batch = messages.get(6).message();

        assertThat(first.accepts(replacement)).isFalse();
        assertThatThrownBy(() -> first.add(replacement, 0))
                .isInstanceOf(IllegalStateException.class);
        SegmentComposer second = first.next();
        assertThat(second.owed(replacement)).isEmpty();
        second.add(replacement, 0);
        assertThat(second.owed(batch)).hasSize(2).allMatch(carried -> carried.origin() == first);
        assertThatThrownBy(() -> second.add(batch, 0)).isInstanceOf(IllegalStateException.class);

        List<MemorySegment> made = SegmentMaker.make(MemorySegment.ofArray(stream), 0, true);
        assertThat(made).hasSize(2);
        assertThat(SegmentFile.read(made.get(1)).dictionaries()).hasSize(3);
        assertThat(SegmentFile.read(made.get(1)).rows()).isEqualTo(1);
    }

    /// Each batch with dictionaries of its own must not cost partitions without rows.
    @Test
    void replacesSeveralDictionariesAtOnce() {
        IpcBytes ipc = new IpcBytes(WORDS).begin();
        for (int i = 0; i < 5; i++) {
            ipc.dictionary(1, false, TestSchemas.letters("ab"))
                    .dictionary(2, false, TestSchemas.letters("q"))
                    .batch(indices(0, 1));
        }

        List<MemorySegment> made = SegmentMaker.make(ipc.segment(), 0, true);

        assertThat(made).hasSize(5).allMatch(segment -> SegmentFile.read(segment).rows() == 2);
    }

    @Test
    void refusesBatchesBeforeTheirDictionaries() {
        List<LocatedMessage> batchFirst =
                messages(new IpcBytes(WORDS).begin().batch(indices(0)).end());
        List<LocatedMessage> deltaFirst =
                messages(
                        new IpcBytes(WORDS)
                                .begin()
                                .dictionary(1, true, TestSchemas.letters("a"))
                                .end());
        List<LocatedMessage> unknown =
                messages(
                        new IpcBytes(WORDS)
                                .begin()
                                .dictionary(9, false, TestSchemas.letters("a"))
                                .end());

        assertRefused(
                ErrorCode.INVALID_IPC,
                "before its dictionary: id=1",
                () -> composer(batchFirst).add(batchFirst.get(1).message(), 0));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "before its dictionary: id=1",
                () -> composer(deltaFirst).add(deltaFirst.get(1).message(), 0));
        assertRefused(
                ErrorCode.INVALID_IPC,
                "belongs to no field: id=9",
                () -> composer(unknown).add(unknown.get(1).message(), 0));
    }

    @Test
    void refusesCompressedBodiesItCannotSee() {
        List<LocatedMessage> messages =
                messages(
                        new IpcBytes(NUMBERS)
                                .withCodec(CompressionType.ZSTD)
                                .begin()
                                .batch(numbers())
                                .end());

        assertRefused(
                ErrorCode.UNSUPPORTED_IPC,
                "codec=ZSTD",
                () -> composer(messages).accepts(messages.get(1).message()));
    }

    @Test
    void refusesABodyOfAnotherLengthThanItsMessageStates() {
        List<LocatedMessage> messages =
                messages(new IpcBytes(NUMBERS).begin().batch(numbers()).end());
        IpcMessage message = messages.get(1).message();

        assertRefused(
                ErrorCode.INVALID_IPC,
                "stated=40",
                () -> composer(messages).add(new IpcMessage(message.metadata(), 48), 0));
    }

    @Test
    void writesMetadataAroundBuffersThatLieInPlace() throws IOException {
        List<LocatedMessage> messages =
                messages(new IpcBytes(NUMBERS).begin().batch(numbers()).end());
        IpcMessage message = messages.get(1).message();
        SegmentComposer composer = composer(messages);
        long first = SegmentComposer.firstUsableOffset(composer.schema());
        // in another order than the message has them, with a large gap
        List<Placement> placements =
                List.of(
                        new Placement(0, 1, first + 4096),
                        new Placement(8, 12, first),
                        new Placement(24, 16, first + 64));
        composer.addPlaced(message, placements);
        MemorySegment file = MemorySegment.ofArray(new byte[(int) composer.contentBytes() + 100]);
        file.fill((byte) 0x77);
        byte[] body = {5, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6, 0, 0, 0};
        MemorySegment.copy(body, 0, file, ValueLayout.JAVA_BYTE, first + 4096, 1);
        MemorySegment.copy(body, 1, file, ValueLayout.JAVA_BYTE, first, 12);
        MemorySegment.copy(body, 13, file, ValueLayout.JAVA_BYTE, first + 64, 12);

        composer.writeMetadata(new SegmentMaker.Output(file), file.byteSize());

        composer.verify(file);
        ContentValidator.validate(file, true);
        MemorySegment packed =
                SegmentMaker.make(new IpcBytes(NUMBERS).begin().batch(numbers()).segment(), 0, true)
                        .getFirst();
        assertThat(IpcContent.ofSegment(file)).isEqualTo(IpcContent.ofSegment(packed));
        for (long at = first + 128; at < first + 4096; at++) {
            assertThat(file.get(ValueLayout.JAVA_BYTE, at)).isZero();
        }
    }

    @Test
    void refusesPlacesThatCannotBe() {
        List<LocatedMessage> messages =
                messages(new IpcBytes(NUMBERS).begin().batch(numbers()).end());
        IpcMessage message = messages.get(1).message();
        Placement one = new Placement(0, 1, 8192);
        Placement two = new Placement(8, 12, 8256);

        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "has no place, buffer=3",
                () -> composer(messages).addPlaced(message, List.of(one, two)));
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "multiple of 64: fileOffset=8321",
                () ->
                        composer(messages)
                                .addPlaced(
                                        message, List.of(one, two, new Placement(24, 12, 8321))));
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "impossible",
                () ->
                        composer(messages)
                                .addPlaced(message, List.of(new Placement(0, 1, Long.MIN_VALUE))));
        assertRefused(
                ErrorCode.UNSUPPORTED_IPC,
                "does not fit before the first buffer",
                () ->
                        composer(messages)
                                .addPlaced(message, List.of(one, two, new Placement(24, 12, 64))));
        List<LocatedMessage> words = messages(new IpcBytes(WORDS).begin().batch(indices(0)).end());
        assertRefused(
                ErrorCode.UNSUPPORTED_IPC,
                "dictionaries=2",
                () -> composer(words).addPlaced(words.get(1).message(), List.of()));
    }

    @Test
    void needsNoMoreThanTheFirstUsableOffsetForMetadata() {
        for (int columns : new int[] {0, 1, 10, 1000}) {
            List<Field> fields = new ArrayList<>();
            TestBatch batch = new TestBatch(1);
            for (int i = 0; i < columns; i++) {
                fields.add(TestSchemas.field("v" + i, new ArrowType.BinaryView()));
                batch.node(1, 0).buffer().dataBuffers(1).ints(0, 0, 0, 0).buffer((byte) 1);
            }
            List<LocatedMessage> messages =
                    messages(new IpcBytes(new Schema(fields)).begin().batch(batch).end());
            SegmentComposer composer = composer(messages);
            long usable = SegmentComposer.firstUsableOffset(composer.schema());

            List<CopyRange> ranges = composer.add(messages.get(1).message(), 0);

            assertThat(ranges).allMatch(range -> range.targetOffset() <= usable);
            assertThat(usable % 64).isZero();
        }
    }
}
