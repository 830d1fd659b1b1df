package dev.arrowshelf.vector.index;

import dev.arrowshelf.vector.graph.GraphBuilder;
import dev.arrowshelf.vector.ivf.IvfBuilder;
import dev.arrowshelf.vector.model.IndexInfo;
import dev.arrowshelf.vector.model.IndexSettings;
import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.segment.IndexBytes;
import dev.arrowshelf.vector.segment.IndexIdentity;
import dev.arrowshelf.vector.segment.IndexShape;
import dev.arrowshelf.vector.segment.IndexTuning;

/// Facts about indexes, as users are told them.
public final class IndexFacts {
    private IndexFacts() {}

    public static IndexInfo of(IndexBytes index) {
        IndexIdentity identity = index.identity();
        IndexShape shape = index.shape();
        return new IndexInfo(
                identity.table(),
                identity.columns(),
                identity.metric(),
                identity.kind(),
                identity.generation(),
                new IndexInfo.Size(
                        shape.points(),
                        shape.skipped(),
                        shape.dimensions(),
                        index.byteSize(),
                        shape.createdMillis()),
                settings(index));
    }

    public static IndexIdentity identity(IndexInfo info) {
        return new IndexIdentity(
                info.table(), info.generation(), info.columns(), info.metric(), info.kind());
    }

    /// Returns whether an index was built as wanted; what is left open fits always.
    static boolean fits(IndexBytes index, IndexSettings wanted) {
        IndexTuning tuning = index.tuning();
        int built =
                switch (index.identity().kind()) {
                    case AUTO, EXACT, KD_TREE -> tuning.lists();
                    case IVF -> IvfBuilder.lists(wanted.lists(), index.shape().points());
                    case HNSW -> GraphBuilder.links(wanted.lists());
                };
        return (wanted.lists() == 0 || tuning.lists() == built)
                && (wanted.storage() == Storage.AUTO || wanted.storage() == tuning.storage());
    }

    private static String settings(IndexBytes index) {
        IndexTuning tuning = index.tuning();
        return switch (index.identity().kind()) {
            case AUTO, EXACT, KD_TREE -> "exact";
            case IVF ->
                    "lists="
                            + tuning.lists()
                            + ", probes="
                            + tuning.settingFor(0.95)
                            + (tuning.storage().isCoded()
                                    ? ", storage=" + tuning.storage().text()
                                    : "");
            case HNSW -> "links=" + tuning.lists() + ", candidates=" + tuning.settingFor(0.95);
        };
    }
}
