package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.content.ContentCheck;
import dev.arrowshelf.store.ipc.content.DictionaryLengths;
import dev.arrowshelf.store.ipc.layout.ParsedBatch;
import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A small table laid out for a slab: an Arrow IPC stream with bodies and buffers at multiples of
/// 64, made of a checked stream.
///
/// Memory: borrows the source stream until [#writeTo] has run; the source must not change
/// meanwhile. Not safe for use by several threads at once.
public final class SlabPayload {
    private final IpcSchema schema;
    private final MemorySegment source;
    private final List<PlacedMessage> messages = new ArrayList<>(4);
    private final List<BodyCopy> copies = new ArrayList<>(16);
    private final boolean fits;
    private final long payloadBytes;
    private long rows;

    private SlabPayload(
            List<LocatedMessage> located, MemorySegment source, boolean utf8, long limitBytes) {
        this.schema = IpcSchema.parse(located.getFirst().message().metadata());
        this.source = source;
        List<ParsedBatch> parsed = new ArrayList<>(4);
        this.payloadBytes = parse(located, parsed, limitBytes);
        this.fits = payloadBytes <= limitBytes;
        if (fits) {
            place(located, parsed, utf8);
        }
    }

    /// Checks structure and content of a stream or file and plans its payload.
    ///
    /// @param limitBytes where the payload is longer, [#fits] is false and the rest of the stream
    ///   was not looked at
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC or UNSUPPORTED_IPC
    public static SlabPayload compose(MemorySegment stream, boolean validateUtf8, long limitBytes) {
        return new SlabPayload(IpcScanner.scan(stream), stream, validateUtf8, limitBytes);
    }

    /// Parses until the limit is passed and returns the bytes of the payload so far.
    private long parse(List<LocatedMessage> located, List<ParsedBatch> parsed, long limitBytes) {
        long end = PlacedMessage.schema(schema.tree(), 0).end();
        for (int i = 1; i < located.size() && end <= limitBytes; i++) {
            IpcMessage message = located.get(i).message();
            MemorySegment body = source.asSlice(located.get(i).bodyOffset(), message.bodyBytes());
            ParsedBatch batch =
                    ParsedBatch.parse(
                            message.metadata(), message.bodyBytes(), schema.tree(), i, body);
            addRows(batch.batch());
            parsed.add(batch);
            end = PlacedMessage.packedEnd(batch, end);
        }
        return end + SegmentLayout.END_OF_STREAM_BYTES;
    }

    private void addRows(BatchMetadata batch) {
        if (!batch.isDictionary()) {
            if (batch.rows() > Long.MAX_VALUE - rows) {
                throw IpcFault.invalid("table is impossibly long: rows=" + batch.rows());
            }
            rows += batch.rows();
        }
    }

    private void place(List<LocatedMessage> located, List<ParsedBatch> parsed, boolean utf8) {
        ContentCheck check = new ContentCheck(schema.tree(), utf8);
        DictionaryLengths dictionaries = new DictionaryLengths(schema.tree());
        PlacedMessage last = PlacedMessage.schema(schema.tree(), 0);
        messages.add(last);
        for (int i = 0; i < parsed.size(); i++) {
            ParsedBatch batch = parsed.get(i);
            long bodyOffset = located.get(i + 1).bodyOffset();
            last = PlacedMessage.packed(batch, schema.tree(), last.end());
            messages.add(last);
            long[] lengths = dictionaries.before(batch.batch());
            if (batch.isCompressed()) {
                MemorySegment body = decode(batch, last, bodyOffset);
                check.check(last.batch(), body, 0, lengths);
                copies.add(new BodyCopy(body, 0, body.byteSize(), last.bodyOffset()));
            } else {
                check.check(batch.batch(), source, bodyOffset, lengths);
                addCopies(batch, last, bodyOffset);
            }
            dictionaries.after(batch.batch());
        }
    }

    private MemorySegment decode(ParsedBatch batch, PlacedMessage placed, long bodyOffset) {
        MemorySegment body = MemorySegment.ofArray(new byte[Math.toIntExact(placed.bodyBytes())]);
        for (int i = 0; i < batch.buffers(); i++) {
            if (batch.decodedBytes(i) > 0) {
                MemorySegment from =
                        source.asSlice(bodyOffset + batch.sourceOffset(i), batch.sourceBytes(i));
                BodyDecoder.decode(
                        Encoding.of(batch.codec(i)),
                        from,
                        body.asSlice(placed.batch().bufferOffset(i), batch.decodedBytes(i)));
            }
        }
        return body;
    }

    private void addCopies(ParsedBatch batch, PlacedMessage placed, long bodyOffset) {
        for (int i = 0; i < batch.buffers(); i++) {
            long bytes = batch.sourceBytes(i);
            if (bytes > 0) {
                copies.add(
                        new BodyCopy(
                                source,
                                bodyOffset + batch.sourceOffset(i),
                                bytes,
                                placed.bufferOffset(i)));
            }
        }
    }

    /// Returns whether the payload is within the limit it was composed for.
    public boolean fits() {
        return fits;
    }

    /// Returns the length of the payload; where it does not fit, a length that is beyond the limit.
    public long payloadBytes() {
        return payloadBytes;
    }

    /// Returns the rows of all record batches, if the payload fits.
    public long rows() {
        return rows;
    }

    /// Returns the number of top-level columns.
    public int columns() {
        return schema.columns();
    }

    /// Returns the schema.
    public IpcSchema schema() {
        return schema;
    }

    /// Writes all payload bytes, zero padding included, to the begin of the target.
    ///
    /// @throws IllegalStateException when the payload does not fit its limit
    public void writeTo(MemorySegment target) {
        if (!fits) {
            throw new IllegalStateException(
                    "payload was composed for a smaller limit: payloadBytes=" + payloadBytes);
        }
        MemorySegment payload = target.asSlice(0, payloadBytes);
        payload.fill((byte) 0);
        for (int i = 0; i < messages.size(); i++) {
            messages.get(i).writeHead(payload);
        }
        for (int i = 0; i < copies.size(); i++) {
            BodyCopy copy = copies.get(i);
            MemorySegment.copy(copy.from, copy.offset, payload, copy.target, copy.bytes);
        }
        payload.set(
                SegmentLayout.INT,
                payloadBytes - SegmentLayout.END_OF_STREAM_BYTES,
                PlacedMessage.CONTINUATION);
    }

    /// Bytes on their way into the payload.
    private record BodyCopy(MemorySegment from, long offset, long bytes, long target) {}
}
