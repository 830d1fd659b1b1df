package dev.arrowshelf.store.publish;

import dev.arrowshelf.memory.control.SlotLocation;
import dev.arrowshelf.memory.control.TableFigures;
import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.SlabPlace;
import dev.arrowshelf.store.catalog.SlabRecord;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.model.TableAttributes;
import java.util.List;

/// A published generation of a table, as the owner knows it.
public sealed interface TableEntry {
    long generation();

    TableFigures figures();

    int partitions();

    SlotLocation location();

    /// Returns how many partitions are on disk.
    default int spilled() {
        return location().spilled();
    }

    /// Returns the bytes that it takes in memory.
    long residentBytes();

    TableAttributes attributes();

    /// A table whose stream lies in a slab.
    ///
    /// @param expiresMillis when it ended by itself as its record was written; 0: not at all
    record InSlab(long generation, TableFigures figures, SlabPlace place, long expiresMillis)
            implements TableEntry {
        public static InSlab of(SlabRecord record) {
            TableFigures figures =
                    new TableFigures(
                            record.rows(),
                            record.place().recordBytes(),
                            record.columns(),
                            record.createdMillis());
            return new InSlab(record.generation(), figures, record.place(), record.expiresMillis());
        }

        @Override
        public TableAttributes attributes() {
            return new TableAttributes(expiresMillis, 0, "");
        }

        @Override
        public int partitions() {
            return 1;
        }

        @Override
        public long residentBytes() {
            return place.spilled() ? 0 : figures.bytes();
        }

        @Override
        public SlotLocation location() {
            return place.spilled()
                    ? SlotLocation.inSpilledSlab(
                            place.slab(), place.payloadOffset(), place.payloadBytes())
                    : SlotLocation.inSlab(
                            place.slab(), place.payloadOffset(), place.payloadBytes());
        }
    }

    /// A table with segments of its own.
    ///
    /// @param segments its partitions, and which of them are spilled
    /// @param descriptorBytes length of the descriptor
    /// @param attributes what was said about it
    /// @param layout counts up each time a file of it moves, or readers are to let go of it
    record InSegments(
            long generation,
            TableFigures figures,
            List<Descriptor.Partition> segments,
            long descriptorBytes,
            TableAttributes attributes,
            int layout)
            implements TableEntry {
        public static InSegments of(Descriptor table) {
            return of(table, 0);
        }

        static InSegments of(Descriptor table, int layout) {
            TableFigures figures =
                    new TableFigures(
                            table.rows(), table.bytes(), table.columns(), table.createdMillis());
            return new InSegments(
                    table.generation(),
                    figures,
                    table.partitions(),
                    table.fileBytes(),
                    table.attributes(),
                    layout);
        }

        /// Returns the same with the next layout number.
        InSegments shaken() {
            return new InSegments(
                    generation, figures, segments, descriptorBytes, attributes, layout + 1);
        }

        @Override
        public int spilled() {
            int count = 0;
            for (Descriptor.Partition segment : segments) {
                count += segment.spilled() == null ? 0 : 1;
            }
            return count;
        }

        @Override
        public long residentBytes() {
            long bytes = 0;
            for (Descriptor.Partition segment : segments) {
                bytes += segment.spilled() == null ? Pages.of(segment.bytes()) : 0;
            }
            return bytes;
        }

        @Override
        public int partitions() {
            return segments.size();
        }

        @Override
        public SlotLocation location() {
            return SlotLocation.inSegments(partitions(), layout, spilled());
        }
    }
}
