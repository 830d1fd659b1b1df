package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/// Does in memory what an owner does with files: composes the segments of a stream or file, carries
/// out the plan onto memory full of rubbish, writes the metadata, verifies and validates.
final class SegmentMaker {
    private static final byte RUBBISH = 0x5a;
    private static final long MOST_BYTES = 64 << 20;

    private final MemorySegment source;
    private final List<SegmentComposer> composers = new ArrayList<>();
    private final IdentityHashMap<SegmentComposer, List<Copy>> copies = new IdentityHashMap<>();
    private final IdentityHashMap<SegmentComposer, MemorySegment> segments =
            new IdentityHashMap<>();

    private SegmentMaker(MemorySegment source) {
        this.source = source;
    }

    /// Returns the segments of the partitions of a table.
    ///
    /// @param spareBytes how much longer than its content each segment is
    static List<MemorySegment> make(MemorySegment source, int spareBytes, boolean utf8) {
        SegmentMaker maker = new SegmentMaker(source);
        maker.plan();
        List<MemorySegment> made = new ArrayList<>();
        for (SegmentComposer composer : maker.composers) {
            MemorySegment segment = maker.write(composer, spareBytes);
            composer.verify(segment);
            ContentValidator.validate(segment, utf8);
            made.add(segment);
        }
        return made;
    }

    private void plan() {
        List<LocatedMessage> messages = IpcScanner.scan(source);
        SegmentComposer composer =
                new SegmentComposer(IpcSchema.parse(messages.getFirst().message().metadata()));
        composers.add(composer);
        for (LocatedMessage located : messages.subList(1, messages.size())) {
            IpcMessage message = located.message();
            MemorySegment body = source.asSlice(located.bodyOffset(), message.bodyBytes());
            if (!composer.accepts(message, body)) {
                composer = composer.next();
                composers.add(composer);
            }
            long expected = composer.bytesWith(message, body);
            List<Copy> list = copies.computeIfAbsent(composer, _ -> new ArrayList<>());
            for (CarriedDictionary carried : composer.owed(message, body)) {
                List<CopyRange> ranges = composer.add(carried.message(), carried.bodyOffset());
                ranges.forEach(range -> list.add(new Copy(() -> written(carried.origin()), range)));
            }
            List<CopyRange> ranges = composer.add(message, located.bodyOffset(), body);
            ranges.forEach(range -> list.add(new Copy(() -> source, range)));
            if (composer.contentBytes() != expected) {
                throw new AssertionError("bytesWith was wrong: expected=" + expected);
            }
        }
    }

    private MemorySegment write(SegmentComposer composer, int spareBytes) {
        if (composer.contentBytes() > MOST_BYTES) {
            throw new ShelfException(
                    ErrorCode.OUT_OF_MEMORY, "no room: bytes=" + composer.contentBytes());
        }
        int bytes = (int) composer.contentBytes() + spareBytes;
        MemorySegment segment = MemorySegment.ofArray(new byte[bytes]).fill(RUBBISH);
        segments.put(composer, segment);
        for (Copy copy : copies.getOrDefault(composer, List.of())) {
            CopyRange range = copy.range;
            MemorySegment encoded = copy.from.get().asSlice(range.sourcePosition(), range.bytes());
            MemorySegment to = segment.asSlice(range.targetOffset());
            BodyDecoder.decode(range.encoding(), encoded, to);
        }
        try {
            composer.writeMetadata(new Output(segment), bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return segment;
    }

    private MemorySegment written(SegmentComposer composer) {
        return Objects.requireNonNull(segments.get(composer));
    }

    private record Copy(Supplier<MemorySegment> from, CopyRange range) {}

    /// Writes to memory.
    record Output(MemorySegment segment) implements SegmentOutput {
        @Override
        public void write(MemorySegment bytes, long offset) {
            MemorySegment.copy(bytes, 0, segment, offset, bytes.byteSize());
        }

        @Override
        public void zero(long offset, long bytes) {
            segment.asSlice(offset, bytes).fill((byte) 0);
        }
    }
}
