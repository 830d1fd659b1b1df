package dev.arrowshelf.vector.index;

import dev.arrowshelf.vector.points.Projection;
import dev.arrowshelf.vector.segment.IndexSection;
import dev.arrowshelf.vector.segment.IndexShape;
import dev.arrowshelf.vector.segment.IndexTuning;
import dev.arrowshelf.vector.segment.IndexWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An index whose size is known and whose memory is not there yet.
///
/// Thread rule: for one caller. Memory rule: closing it lets go of what the build needed.
///
/// @param writer knows the sections and the size
/// @param shape what the header will say
/// @param projection gives the centre
/// @param filling writes the kind's own sections
/// @param resources of the build
record IndexDraft(
        IndexWriter writer,
        IndexShape shape,
        Projection projection,
        Filling filling,
        Runnable resources)
        implements AutoCloseable {
    /// Writes the whole index.
    void write(MemorySegment memory, BuildProgress progress) {
        double[] centre = projection.centre();
        MemorySegment.copy(
                centre,
                0,
                writer.slice(memory, IndexSection.CENTRE),
                ValueLayout.JAVA_DOUBLE_UNALIGNED,
                0,
                centre.length);
        writer.finish(memory, shape, filling.fill(memory, progress));
    }

    @Override
    public void close() {
        resources.run();
    }

    /// Writes the sections of a kind and returns what was measured.
    interface Filling {
        IndexTuning fill(MemorySegment memory, BuildProgress progress);
    }
}
