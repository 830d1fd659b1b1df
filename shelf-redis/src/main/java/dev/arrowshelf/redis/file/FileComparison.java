package dev.arrowshelf.redis.file;

import dev.arrowshelf.redis.ipc.BatchDecoder;
import dev.arrowshelf.redis.ipc.ScratchPool;
import dev.arrowshelf.redis.ipc.SourceFile;
import dev.arrowshelf.redis.link.ChunkBytes;
import dev.arrowshelf.redis.progress.Progress;
import dev.arrowshelf.store.ipc.LocatedMessage;
import dev.arrowshelf.store.ipc.metadata.BatchMetadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Schema;

/// Compares two Arrow files: schema, number of rows, values. How rows are cut into batches,
/// compressed and dictionary-encoded does not matter.
///
/// Batches that are the same bytes, or decode to the same buffers, are equal; only for the others
/// values are looked at.
public final class FileComparison {
    private final Path first;
    private final Path second;
    private final Progress progress;

    /// Compares these.
    public FileComparison(Path first, Path second, Progress progress) {
        this.first = first;
        this.second = second;
        this.progress = progress;
    }

    /// Returns what differs, or nothing when the files are equal.
    public Optional<String> difference() throws IOException {
        try (SourceFile one = SourceFile.open(first);
                SourceFile other = SourceFile.open(second)) {
            progress.expect(one.bytes(), one.batches().size());
            Schema schema = ValueComparison.schema(one.schema());
            Schema otherSchema = ValueComparison.schema(other.schema());
            if (!schema.equals(otherSchema)) {
                return Optional.of("schemas differ: " + schema + " and " + otherSchema);
            }
            long rows = rows(one);
            long otherRows = rows(other);
            if (rows != otherRows) {
                return Optional.of("numbers of rows differ: " + rows + " and " + otherRows);
            }
            if (sameBatches(one, other)) {
                return Optional.empty();
            }
        }
        return new ValueComparison(first, second).difference();
    }

    private static long rows(SourceFile file) {
        long rows = 0;
        for (int i = 0; i < file.batches().size(); i++) {
            rows += file.metadata(file.batches().get(i), i + 1).rows();
        }
        return rows;
    }

    private boolean sameBatches(SourceFile one, SourceFile other) {
        try (ScratchPool pool = new ScratchPool();
                BatchDecoder decoder = new BatchDecoder(one.schema(), pool);
                BatchDecoder otherDecoder = new BatchDecoder(other.schema(), pool)) {
            return same(one.dictionaries(), other.dictionaries(), one, other, decoder, otherDecoder)
                    && same(one.batches(), other.batches(), one, other, decoder, otherDecoder);
        }
    }

    private boolean same(
            List<LocatedMessage> messages,
            List<LocatedMessage> others,
            SourceFile one,
            SourceFile other,
            BatchDecoder decoder,
            BatchDecoder otherDecoder) {
        boolean same = messages.size() == others.size();
        for (int i = 0; same && i < messages.size(); i++) {
            ChunkBytes message = one.framed(messages.get(i));
            same =
                    sameBytes(message, other.framed(others.get(i)))
                            || sameBuffers(
                                    new Batch(one, messages.get(i), decoder),
                                    new Batch(other, others.get(i), otherDecoder));
            progress.done(message.bytes());
        }
        return same;
    }

    private static boolean sameBytes(ChunkBytes one, ChunkBytes other) {
        return one.pieces().size() == other.pieces().size()
                && one.pieces().getFirst().mismatch(other.pieces().getFirst()) == -1
                && one.pieces().getLast().mismatch(other.pieces().getLast()) == -1;
    }

    private record Batch(SourceFile file, LocatedMessage message, BatchDecoder decoder) {
        BatchMetadata metadata() {
            return file.metadata(message, 1);
        }

        void decode() {
            long _ = decoder.decode(metadata(), file.body(message));
        }
    }

    private static boolean sameBuffers(Batch one, Batch other) {
        BatchMetadata metadata = one.metadata();
        BatchMetadata otherMetadata = other.metadata();
        boolean same =
                metadata.rows() == otherMetadata.rows()
                        && metadata.dictionary() == otherMetadata.dictionary()
                        && metadata.isDelta() == otherMetadata.isDelta()
                        && metadata.buffers() == otherMetadata.buffers()
                        && metadata.nodes() == otherMetadata.nodes();
        for (int i = 0; same && i < metadata.nodes(); i++) {
            same =
                    metadata.length(i) == otherMetadata.length(i)
                            && metadata.nullCount(i) == otherMetadata.nullCount(i);
        }
        if (!same) {
            return false;
        }
        one.decode();
        other.decode();
        for (int i = 0; same && i < one.decoder().buffers(); i++) {
            same = one.decoder().buffer(i).mismatch(other.decoder().buffer(i)) == -1;
        }
        return same;
    }
}
