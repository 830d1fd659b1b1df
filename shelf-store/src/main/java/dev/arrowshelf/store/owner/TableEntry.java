package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.control.SlotLocation;
import dev.arrowshelf.memory.control.TableFigures;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.SlabPlace;
import dev.arrowshelf.store.catalog.SlabRecord;
import java.util.List;

/// A published generation of a table, as the owner knows it.
sealed interface TableEntry {
    long generation();

    TableFigures figures();

    int partitions();

    SlotLocation location();

    /// A table whose stream lies in a slab.
    record InSlab(long generation, TableFigures figures, SlabPlace place) implements TableEntry {
        static InSlab of(SlabRecord record) {
            TableFigures figures =
                    new TableFigures(
                            record.rows(),
                            record.place().recordBytes(),
                            record.columns(),
                            record.createdMillis());
            return new InSlab(record.generation(), figures, record.place());
        }

        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public SlotLocation location() {
            return SlotLocation.inSlab(place.slab(), place.payloadOffset(), place.payloadBytes());
        }
    }

    /// A table with segments of its own.
    ///
    /// @param segmentBytes length of each segment
    /// @param descriptorBytes length of the descriptor
    record InSegments(
            long generation, TableFigures figures, List<Long> segmentBytes, long descriptorBytes)
            implements TableEntry {
        static InSegments of(Descriptor table) {
            TableFigures figures =
                    new TableFigures(
                            table.rows(), table.bytes(), table.columns(), table.createdMillis());
            return new InSegments(
                    table.generation(),
                    figures,
                    table.partitions().stream().map(Descriptor.Partition::bytes).toList(),
                    table.fileBytes());
        }

        @Override
        public int partitions() {
            return segmentBytes.size();
        }

        @Override
        public SlotLocation location() {
            return SlotLocation.inSegments(partitions());
        }
    }
}
