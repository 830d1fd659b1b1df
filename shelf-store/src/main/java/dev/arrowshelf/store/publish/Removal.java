package dev.arrowshelf.store.publish;

import dev.arrowshelf.store.catalog.Descriptor;
import dev.arrowshelf.store.catalog.Descriptors;
import dev.arrowshelf.store.catalog.RecoveredShelf;
import dev.arrowshelf.store.catalog.SlabRecord;
import dev.arrowshelf.store.catalog.Slabs;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.directory.ShelfFileName;
import dev.arrowshelf.store.model.SpillPlace;
import dev.arrowshelf.store.space.Graveyard;
import dev.arrowshelf.store.space.MemoryLedger;
import dev.arrowshelf.store.spill.SpillStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Removes tables that no key names any more: first what makes them be found at the next start,
/// then their bytes.
///
/// Thread-safe; each table is removed by whoever took it out of sight.
public final class Removal {
    private static final Logger LOG = System.getLogger(Removal.class.getName());

    private final Surroundings here;
    private final Descriptors descriptors;
    private final Slabs slabs;
    private final MemoryLedger ledger;
    private final Graveyard graveyard;
    private final SpillStore spills;

    Removal(
            Surroundings here,
            Descriptors descriptors,
            Slabs slabs,
            MemoryLedger ledger,
            Graveyard graveyard,
            SpillStore spills) {
        this.here = here;
        this.descriptors = descriptors;
        this.slabs = slabs;
        this.ledger = ledger;
        this.graveyard = graveyard;
        this.spills = spills;
    }

    /// Removes the descriptor or withdraws the record. A descriptor that cannot be removed does no
    /// harm: its segments go all the same, and the next owner puts it aside.
    void truth(@Nullable TableEntry entry) {
        switch (entry) {
            case null -> {}
            case TableEntry.InSlab inSlab -> slabs.withdraw(inSlab.place());
            case TableEntry.InSegments inSegments -> {
                ledger.addResident(-Pages.of(inSegments.descriptorBytes()));
                ledger.withdraw(inSegments.residentBytes());
                try {
                    descriptors.remove(inSegments.generation());
                } catch (IOException failure) {
                    LOG.log(Level.ERROR, "descriptor cannot be removed: table=" + entry, failure);
                }
            }
        }
    }

    /// Buries a table's segments, and removes its files on disk.
    void bury(@Nullable TableEntry old) {
        if (old instanceof TableEntry.InSegments inSegments) {
            for (Graveyard.Withdrawn segment : segmentsOf(inSegments)) {
                graveyard.bury(segment);
            }
            removeSpilled(inSegments);
            here.reached(CrashPoint.Step.SEGMENTS_DEAD);
        }
    }

    /// Returns a table's segments as the graveyard takes them.
    List<Graveyard.Withdrawn> segmentsOf(TableEntry.InSegments table) {
        List<Graveyard.Withdrawn> segments = new ArrayList<>();
        int number = 0;
        for (Descriptor.Partition partition : table.segments()) {
            if (partition.spilled() == null) {
                segments.add(
                        Graveyard.withdrawn(
                                here.directory().segment(table.generation(), number),
                                here.directory().dead(table.generation(), number),
                                Pages.of(partition.bytes())));
            }
            number++;
        }
        return segments;
    }

    /// Removes a table's files on disk.
    void removeSpilled(TableEntry.InSegments table) {
        int number = 0;
        for (Descriptor.Partition partition : table.segments()) {
            SpillPlace place = partition.spilled();
            if (place != null) {
                spills.remove(table.generation(), number, place);
            }
            number++;
        }
    }

    /// Removes what recovery found to be replaced, orphaned or dead, now that no reader can look it
    /// up.
    public void leftovers(RecoveredShelf.Leftovers leftovers) throws IOException {
        for (Descriptor table : leftovers.tables()) {
            TableEntry.InSegments old = TableEntry.InSegments.of(table);
            truth(old);
            bury(old);
        }
        for (SlabRecord record : leftovers.records()) {
            slabs.withdraw(record.place());
        }
        leftovers.emptySlabs().forEach(slabs::retireIfEmpty);
        for (ShelfFileName name : leftovers.segments()) {
            Path place = here.directory().segment(name.generation(), name.partition());
            long bytes = Pages.of(Files.size(place));
            ledger.addUnlinked(bytes);
            graveyard.bury(
                    place, here.directory().dead(name.generation(), name.partition()), bytes);
        }
        for (ShelfFileName name : leftovers.dead()) {
            Path dead = here.directory().dead(name.generation(), name.partition());
            long bytes = Pages.of(Files.size(dead));
            ledger.addUnlinked(bytes);
            graveyard.add(dead, bytes, Graveyard.Fate.REUSED);
        }
    }
}
