package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.content.ContentCheck;
import dev.arrowshelf.store.ipc.content.DictionaryLengths;
import dev.arrowshelf.store.ipc.layout.ParsedBatch;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.SchemaMetadata;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Checks a finished segment or slab payload: structure and content, as docs/spec/segments.md
/// section 4 says. Plain numbers are not touched; offsets and indices are read once, at about the
/// speed of memory.
public final class ContentValidator {
    private final SchemaMetadata schema;
    private final ContentCheck check;
    private final MemorySegment bytes;
    private final DictionaryLengths dictionaries;
    private int messages = 1;

    private ContentValidator(IpcSchema schema, MemorySegment bytes, boolean utf8) {
        this.schema = schema.tree();
        this.check = new ContentCheck(this.schema, utf8);
        this.bytes = bytes;
        this.dictionaries = new DictionaryLengths(this.schema);
    }

    /// Checks everything that a reader relies on.
    ///
    /// @param file an Arrow IPC file or stream, uncompressed
    /// @param utf8 whether text must be UTF-8
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC that names message, column and
    ///   numbers
    public static void validate(MemorySegment file, boolean utf8) {
        if (SegmentFile.isFile(file)) {
            SegmentFile segment = SegmentFile.read(file);
            ContentValidator validator = new ContentValidator(segment.schema(), file, utf8);
            segment.dictionaries().forEach(validator::next);
            segment.batches().forEach(validator::next);
        } else {
            List<LocatedMessage> messages = IpcScanner.scan(file);
            IpcSchema schema = IpcSchema.parse(messages.getFirst().message().metadata());
            ContentValidator validator = new ContentValidator(schema, file, utf8);
            messages.subList(1, messages.size()).forEach(validator::next);
        }
    }

    private void next(LocatedMessage located) {
        BatchMetadata batch =
                ParsedBatch.parse(
                                located.message().metadata(),
                                located.message().bodyBytes(),
                                schema,
                                messages++,
                                null)
                        .batch();
        check.check(batch, bytes, located.bodyOffset(), dictionaries.before(batch));
        dictionaries.after(batch);
    }
}
