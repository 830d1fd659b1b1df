package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.ParsedBatch;
import dev.arrowshelf.store.ipc.layout.PlacedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Plans one segment: takes the messages of a table one after the other, checks their structure,
/// gives each buffer its place, and at the end writes the metadata around the buffers. Does no I/O
/// but in [#writeMetadata].
///
/// A dictionary can be replaced only between segments, so [#accepts] says where a new partition
/// begins. Its composer comes from [#next] and is owed the dictionaries that are still current;
/// [#owed] hands them out before the first batch that needs them.
///
/// Not safe for use by several threads at once. Memory: keeps copies of all metadata, nothing of
/// any body.
public final class SegmentComposer {
    private final IpcSchema schema;
    private final SchemaMetadata tree;
    private final DictionaryShelf dictionaries;
    private final SegmentLayout layout;
    private final List<PlacedMessage> batches = new ArrayList<>();
    private long rows;

    /// The message that was asked about last, so that asking and adding check it once.
    private @Nullable IpcMessage lastParsed;

    private @Nullable ParsedBatch lastResult;

    /// Begins an empty segment.
    public SegmentComposer(IpcSchema schema) {
        this(schema, new DictionaryShelf(schema.tree()));
    }

    private SegmentComposer(IpcSchema schema, DictionaryShelf dictionaries) {
        this.schema = schema;
        this.tree = schema.tree();
        this.dictionaries = dictionaries;
        this.layout = new SegmentLayout(schema.tree());
    }

    /// Begins the segment of the following partition. It is owed the dictionaries of this one.
    public SegmentComposer next() {
        return new SegmentComposer(schema, dictionaries.successor(this));
    }

    /// Returns an upper bound of the bytes that precede the body of a table's single record batch.
    public static long firstUsableOffset(IpcSchema schema) {
        return SegmentLayout.firstUsableOffset(schema.tree());
    }

    /// Returns the schema of the segment.
    public IpcSchema schema() {
        return schema;
    }

    /// Returns whether the message can be added here; false for a dictionary that replaces one: it
    /// begins a new partition.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC or UNSUPPORTED_IPC when it can
    ///   be added nowhere
    public boolean accepts(IpcMessage message) {
        return accepts(message, null);
    }

    /// The same for a message whose body may be compressed.
    public boolean accepts(IpcMessage message, @Nullable MemorySegment body) {
        BatchMetadata batch = parse(message, body).batch();
        return !batch.isDictionary() || batch.isDelta() || !dictionaries.has(batch.dictionary());
    }

    /// Returns the rows of a record batch message, 0 for a dictionary batch.
    public long rowsOf(IpcMessage message) {
        return rowsOf(message, null);
    }

    /// The same for a message whose body may be compressed.
    public long rowsOf(IpcMessage message, @Nullable MemorySegment body) {
        BatchMetadata batch = parse(message, body).batch();
        return batch.isDictionary() ? 0 : batch.rows();
    }

    /// Returns [#contentBytes] as it would be after adding the message and the dictionaries owed
    /// for it.
    public long bytesWith(IpcMessage message) {
        return bytesWith(message, null);
    }

    /// The same for a message whose body may be compressed.
    public long bytesWith(IpcMessage message, @Nullable MemorySegment body) {
        ParsedBatch parsed = parse(message, body);
        List<CarriedDictionary> owed = dictionaries.owed(parsed.batch());
        long position = layout.end();
        for (CarriedDictionary carried : owed) {
            IpcMessage dictionary = carried.message();
            position =
                    PlacedMessage.headEnd(position, dictionary.metadata().byteSize())
                            + dictionary.bodyBytes();
        }
        position = PlacedMessage.packedEnd(parsed, position);
        boolean isDictionary = parsed.batch().isDictionary();
        return layout.contentBytes(
                position,
                dictionaries.count() + owed.size() + (isDictionary ? 1 : 0),
                batches.size() + (isDictionary ? 0 : 1));
    }

    /// Returns the dictionaries of earlier partitions that must be added, in this order, before the
    /// message is.
    public List<CarriedDictionary> owed(IpcMessage message) {
        return owed(message, null);
    }

    /// The same for a message whose body may be compressed.
    public List<CarriedDictionary> owed(IpcMessage message, @Nullable MemorySegment body) {
        return dictionaries.owed(parse(message, body).batch());
    }

    /// Adds a dictionary batch or record batch and returns what must be copied where.
    ///
    /// @param sourcePosition where the message's body begins among the body bytes of the request
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC or UNSUPPORTED_IPC; nothing is
    ///   added then
    /// @throws IllegalStateException when [#accepts] is false or dictionaries are [#owed]
    public List<CopyRange> add(IpcMessage message, long sourcePosition) {
        return add(message, sourcePosition, null);
    }

    /// The same for a message whose body may be compressed: the decoded lengths are read from it.
    public List<CopyRange> add(
            IpcMessage message, long sourcePosition, @Nullable MemorySegment body) {
        ParsedBatch parsed = parse(message, body);
        BatchMetadata batch = parsed.batch();
        dictionaries.check(batch);
        PlacedMessage placed = PlacedMessage.packed(parsed, tree, layout.end());
        append(placed);
        return ranges(parsed, placed, sourcePosition);
    }

    /// Adds the single record batch of a table whose buffers lie in the file already.
    ///
    /// @param placements where the buffers are; each non-empty one must be covered by one placement
    public void addPlaced(IpcMessage message, List<Placement> placements) {
        if (!batches.isEmpty() || dictionaries.count() > 0) {
            throw new IllegalStateException("segment is not empty: batches=" + batches.size());
        }
        ParsedBatch parsed = parse(message, null);
        if (!tree.dictionaries().isEmpty()) {
            throw parsed.batch()
                    .bytes()
                    .unsupported(
                            "table with dictionaries cannot be built in place: dictionaries="
                                    + tree.dictionaries().size());
        }
        append(
                PlacedMessage.around(
                        parsed, tree, layout.end(), PlacementIndex.of(placements).find(parsed)));
    }

    /// Returns the bytes of the segment when nothing more is added: with end of stream and footer,
    /// without a gap.
    public long contentBytes() {
        return layout.contentBytes(layout.end(), dictionaries.count(), batches.size());
    }

    /// Returns the rows of all record batches.
    public long rows() {
        return rows;
    }

    /// Returns the number of record batches.
    public int batches() {
        return batches.size();
    }

    /// Writes everything but the buffers: message heads, zeroes between buffers, end of stream,
    /// gap, and the footer at the end.
    ///
    /// @param fileBytes length of the file, at least [#contentBytes]
    public void writeMetadata(SegmentOutput out, long fileBytes) throws IOException {
        layout.write(out, fileBytes, dictionaries.placed(), batches);
    }

    /// Checks that the file still holds the metadata that [#writeMetadata] wrote for a file of this
    /// length.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when somebody has written over
    ///   it
    public void verify(MemorySegment file) {
        layout.verify(file, dictionaries.placed(), batches);
    }

    /// The very object must be asked about again: an equal message over reused memory is another
    /// one.
    @SuppressWarnings("ReferenceEquality")
    private ParsedBatch parse(IpcMessage message, @Nullable MemorySegment body) {
        ParsedBatch known = lastResult;
        if (known != null && message == lastParsed) {
            return known;
        }
        ParsedBatch parsed =
                ParsedBatch.parse(
                        message.metadata(),
                        message.bodyBytes(),
                        tree,
                        1 + dictionaries.count() + batches.size(),
                        body);
        lastParsed = message;
        lastResult = parsed;
        return parsed;
    }

    private void append(PlacedMessage placed) {
        BatchMetadata batch = placed.batch();
        if (batch.isDictionary()) {
            dictionaries.add(placed);
        } else {
            if (batch.rows() > Long.MAX_VALUE - rows) {
                throw batch.bytes().invalid("table is impossibly long: rows=" + batch.rows());
            }
            rows += batch.rows();
            batches.add(placed);
        }
        layout.append(placed);
        lastParsed = null;
        lastResult = null;
    }

    private static List<CopyRange> ranges(
            ParsedBatch parsed, PlacedMessage placed, long sourcePosition) {
        List<CopyRange> ranges = new ArrayList<>(parsed.buffers());
        for (int i = 0; i < parsed.buffers(); i++) {
            if (parsed.decodedBytes(i) > 0) {
                ranges.add(
                        new CopyRange(
                                sourcePosition + parsed.sourceOffset(i),
                                parsed.sourceBytes(i),
                                placed.bufferOffset(i),
                                Encoding.of(parsed.codec(i))));
            }
        }
        return ranges;
    }
}
