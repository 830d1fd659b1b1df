package dev.arrowshelf.store.ipc;

import dev.arrowshelf.store.ipc.layout.MessageFrame;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import dev.arrowshelf.store.ipc.metadata.FooterBlock;
import dev.arrowshelf.store.ipc.metadata.FooterMetadata;
import dev.arrowshelf.store.ipc.metadata.IpcFault;
import dev.arrowshelf.store.ipc.metadata.MetadataBytes;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A segment, or another Arrow IPC file, read through its footer. Reading checks the schema, the
/// footer, and that each message lies in the file; [ContentValidator] checks the messages
/// themselves.
///
/// Memory: borrows the mapped file, the messages' metadata are slices of it. Immutable; as safe to
/// share between threads as the memory it was read from.
public final class SegmentFile {
    private final IpcSchema schema;
    private final List<LocatedMessage> dictionaries;
    private final List<LocatedMessage> batches;

    private SegmentFile(
            IpcSchema schema, List<LocatedMessage> dictionaries, List<LocatedMessage> batches) {
        this.schema = schema;
        this.dictionaries = List.copyOf(dictionaries);
        this.batches = List.copyOf(batches);
    }

    /// Returns whether memory begins and ends like an Arrow IPC file.
    static boolean isFile(MemorySegment file) {
        return file.byteSize() >= SegmentLayout.MAGIC_BYTES
                && (file.get(SegmentLayout.LONG, 0) & SegmentLayout.MAGIC_MASK)
                        == SegmentLayout.MAGIC;
    }

    /// Reads the footer and the head of each message.
    ///
    /// @throws dev.arrowshelf.store.model.ShelfException INVALID_IPC when it is no Arrow IPC file,
    ///   UNSUPPORTED_IPC as [IpcSchema#parse]
    public static SegmentFile read(MemorySegment file) {
        long size = file.byteSize();
        long trailer = size - SegmentLayout.TRAILER_BYTES;
        if (!isFile(file) || trailer < SegmentLayout.MAGIC_BYTES || !endsWithMagic(file)) {
            throw IpcFault.invalid(
                    "file does not begin and end as an Arrow IPC file does: bytes=" + size);
        }
        int footerBytes = file.get(SegmentLayout.INT, trailer);
        if (footerBytes <= 0 || footerBytes > trailer - SegmentLayout.MAGIC_BYTES) {
            throw IpcFault.invalid(
                    "footer lies outside the file: footerBytes=" + footerBytes + ", bytes=" + size);
        }
        FooterMetadata footer =
                FooterMetadata.parse(file.asSlice(trailer - footerBytes, footerBytes));
        MessageFrame first = MessageFrame.read(file, SegmentLayout.MAGIC_BYTES);
        if (first == null) {
            throw IpcFault.invalid("file has no schema message: bytes=" + size);
        }
        IpcSchema schema = IpcSchema.parse(first.metadata(file));
        List<LocatedMessage> dictionaries = new ArrayList<>(footer.dictionaries());
        for (int i = 0; i < footer.dictionaries(); i++) {
            dictionaries.add(locate(file, footer.dictionary(i)));
        }
        List<LocatedMessage> batches = new ArrayList<>(footer.batches());
        for (int i = 0; i < footer.batches(); i++) {
            batches.add(locate(file, footer.batch(i)));
        }
        return new SegmentFile(schema, dictionaries, batches);
    }

    private static boolean endsWithMagic(MemorySegment file) {
        long at = file.byteSize() - SegmentLayout.MAGIC_BYTES;
        return file.get(SegmentLayout.LONG, at) >>> 16 == SegmentLayout.MAGIC;
    }

    private static LocatedMessage locate(MemorySegment file, FooterBlock block) {
        MessageFrame frame = MessageFrame.read(file, block.offset());
        long body = block.offset() + block.headBytes();
        if (frame == null
                || block.headBytes() < frame.headBytes()
                || block.bodyBytes() < 0
                || body > file.byteSize() - block.bodyBytes()) {
            throw IpcFault.invalid(
                    "message lies outside the file: offset="
                            + block.offset()
                            + ", headBytes="
                            + block.headBytes()
                            + ", bodyBytes="
                            + block.bodyBytes()
                            + ", bytes="
                            + file.byteSize());
        }
        return new LocatedMessage(new IpcMessage(frame.metadata(file), block.bodyBytes()), body);
    }

    /// Returns the schema.
    public IpcSchema schema() {
        return schema;
    }

    /// Returns the dictionary batches in the order of the footer: a dictionary after those that its
    /// values refer to, a delta after what it adds to.
    public List<LocatedMessage> dictionaries() {
        return dictionaries;
    }

    /// Returns the record batches in order.
    public List<LocatedMessage> batches() {
        return batches;
    }

    /// Returns the rows of one record batch.
    public long rows(int batch) {
        MetadataBytes metadata =
                MetadataBytes.copyOf(batches.get(batch).message().metadata(), 1 + batch);
        return BatchMetadata.parse(metadata, schema.tree()).rows();
    }

    /// Returns the rows of all record batches.
    public long rows() {
        long rows = 0;
        for (int i = 0; i < batches.size(); i++) {
            rows += rows(i);
        }
        return rows;
    }
}
