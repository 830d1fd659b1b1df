package dev.arrowshelf.store.owner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.LeaseAnswer;
import dev.arrowshelf.memory.Region;
import dev.arrowshelf.store.ipc.IpcMessage;
import dev.arrowshelf.store.ipc.IpcScanner;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.Placement;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SealingTest {
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

    @Test
    void aWriterThatKeepsItsMappingChangesNothing() throws IOException {
        byte[] stream = TestTables.stream(1, 1, 20_000);
        MemorySegment bytes = MemorySegment.ofArray(stream);
        List<LocatedMessage> located = IpcScanner.scan(bytes);
        List<IpcMessage> messages = located.stream().map(LocatedMessage::message).toList();
        TableInfo info;
        try (TestWriter writer = new TestWriter(bytes);
                PutTransaction put =
                        shelf.owner()
                                .beginPut(TestShelf.key("held"), PutOptions.DEFAULT, messages)) {
            writer.carryOut(put.plan(), located);
            info = put.commit();
            writer.file(0).segment().fill((byte) 0x5a);
            assertThat(shelf.read("held")).isEqualTo(TestShelf.lines(stream));
            assertThat(shelf.owner().status().memory().unlinked()).isPositive();
        }
        assertThat(shelf.read("held")).isEqualTo(TestShelf.lines(stream));
        try (FileHandle sealed = FileHandle.openReadOnly(shelf.segment(info.generation(), 0))) {
            assertThat(sealed.tryReadLease()).isEqualTo(LeaseAnswer.GRANTED);
            assertThat(sealed.mode()).isEqualTo(0400);
            assertThat(sealed.linkCount()).isEqualTo(1);
        }
    }

    @Test
    void bytesThatAWriterSpoiltAreRefused() throws IOException {
        byte[] stream = TestTables.stream(2, 1, 20_000);
        MemorySegment bytes = MemorySegment.ofArray(stream);
        List<LocatedMessage> located = IpcScanner.scan(bytes);
        List<IpcMessage> messages = located.stream().map(LocatedMessage::message).toList();
        try (TestWriter writer = new TestWriter(bytes);
                PutTransaction put =
                        shelf.owner()
                                .beginPut(TestShelf.key("spoilt"), PutOptions.DEFAULT, messages)) {
            writer.carryOut(put.plan(), located);
            writer.file(0).segment().asSlice(20_000).fill((byte) 0xff); // text offsets among others
            writer.letGo();
            assertThatThrownBy(put::commit)
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_IPC));
            assertThatThrownBy(put::commit).isInstanceOf(ShelfException.class);
        }
        assertThat(shelf.keys()).isEmpty();
    }

    @Test
    void noByteOfASealedSegmentIsAHole() throws IOException {
        byte[] stream = numbers(500_000);
        List<LocatedMessage> located = IpcScanner.scan(MemorySegment.ofArray(stream));
        List<IpcMessage> messages = located.stream().map(LocatedMessage::message).toList();
        try (PutTransaction put =
                shelf.owner().beginPut(TestShelf.key("lazy"), PutOptions.DEFAULT, messages)) {
            TableInfo info = put.commit(); // nothing was written: zeroes are numbers
            try (FileHandle sealed = FileHandle.openReadOnly(shelf.segment(info.generation(), 0))) {
                assertThat(sealed.allocatedBytes()).isGreaterThanOrEqualTo(sealed.size());
            }
        }
    }

    @Test
    void aTableBuiltInPlaceIsSealedAroundItsBuffers() throws IOException {
        int rows = 512_000; // so that each buffer of arrow-java's stream lies at a multiple of 64
        byte[] stream = numbers(rows);
        List<LocatedMessage> located = IpcScanner.scan(MemorySegment.ofArray(stream));
        List<IpcMessage> messages = located.stream().map(LocatedMessage::message).toList();
        try (InPlacePut put =
                shelf.owner().beginInPlace(TestShelf.key("placed"), 1 << 20, PutOptions.DEFAULT)) {
            put.grow(rows * 8L + (1 << 20));
            long offset = put.firstUsableOffset() + 4096;
            try (FileHandle handle = FileHandle.openReadWrite(put.file());
                    Region region = Region.mapWritable(handle, put.bytes())) {
                region.populate(put.warmBytes(), put.bytes() - put.warmBytes());
                MemorySegment.copy(
                        MemorySegment.ofArray(stream),
                        located.getLast().bodyOffset(),
                        region.segment(),
                        offset,
                        located.getLast().message().bodyBytes());
            }
            List<Placement> placements = new ArrayList<>();
            placements.add(new Placement(0, located.getLast().message().bodyBytes(), offset));
            TableInfo info = put.commit(messages, placements);
            assertThat(info.rows()).isEqualTo(rows);
        }
        assertThat(shelf.read("placed")).isEqualTo(TestShelf.lines(stream));
        shelf.reopen();
        assertThat(shelf.read("placed")).isEqualTo(TestShelf.lines(stream));
    }

    @Test
    void aPlacementOutsideItsFileIsRefused() throws IOException {
        byte[] stream = numbers(1_000);
        List<LocatedMessage> located = IpcScanner.scan(MemorySegment.ofArray(stream));
        List<IpcMessage> messages = located.stream().map(LocatedMessage::message).toList();
        for (long offset : new long[] {1L << 40, -64, Long.MAX_VALUE - 63}) {
            try (InPlacePut put =
                    shelf.owner()
                            .beginInPlace(TestShelf.key("outside"), 1 << 20, PutOptions.DEFAULT)) {
                List<Placement> placements =
                        List.of(new Placement(0, located.getLast().message().bodyBytes(), offset));
                assertThatThrownBy(() -> put.commit(messages, placements))
                        .isInstanceOf(ShelfException.class);
            }
        }
        assertThat(shelf.keys()).isEmpty();
    }

    @Test
    void sealingANumericTableBuiltInPlaceDoesNotDependOnItsSize() throws IOException {
        for (int rows : new int[] {1_024, 4_096_000}) {
            byte[] stream = numbers(rows);
            List<LocatedMessage> located = IpcScanner.scan(MemorySegment.ofArray(stream));
            List<IpcMessage> messages = located.stream().map(LocatedMessage::message).toList();
            long bodyBytes = located.getLast().message().bodyBytes();
            try (InPlacePut put =
                    shelf.owner()
                            .beginInPlace(
                                    TestShelf.key("n" + rows),
                                    bodyBytes,
                                    PutOptions.DEFAULT,
                                    ColdPages.OWNER_ALLOCATES)) {
                TableInfo info =
                        put.commit(
                                messages,
                                List.of(new Placement(0, bodyBytes, put.firstUsableOffset())));
                assertThat(info.rows()).isEqualTo(rows);
            }
        }
    }

    private static byte[] numbers(int rows) throws IOException {
        Schema schema = new Schema(List.of(Field.notNullable("n", new ArrowType.Int(64, true))));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, out)) {
            BigIntVector column = (BigIntVector) root.getVector(0);
            column.allocateNew(rows);
            for (int row = 0; row < rows; row++) {
                column.set(row, row);
            }
            root.setRowCount(rows);
            writer.writeBatch();
            writer.end();
        }
        return out.toByteArray();
    }
}
