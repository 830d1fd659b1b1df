package dev.arrowshelf.store.space;

import dev.arrowshelf.memory.pool.ColdPages;
import dev.arrowshelf.store.catalog.SlabSupply;
import dev.arrowshelf.store.directory.Pages;
import dev.arrowshelf.store.directory.ShelfDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Gives slabs their files out of the shelf's space, and buries retired ones. Thread-safe.
public final class SlabFiles implements SlabSupply {
    private final ShelfDirectory directory;
    private final Space space;
    private final MemoryLedger ledger;
    private final Graveyard graveyard;
    private final Consumer<Path> storedFiles;
    private final Map<Raw, DraftFile> drafts = new ConcurrentHashMap<>();

    /// Works on the space of one shelf.
    ///
    /// @param storedFiles removes slabs on disk
    public SlabFiles(
            ShelfDirectory directory,
            Space space,
            MemoryLedger ledger,
            Graveyard graveyard,
            Consumer<Path> storedFiles) {
        this.directory = directory;
        this.space = space;
        this.ledger = ledger;
        this.graveyard = graveyard;
        this.storedFiles = storedFiles;
    }

    @Override
    public Raw create(long bytes, boolean patient) throws IOException {
        DraftFile draft =
                space.takePatiently(bytes, ColdPages.ALLOCATED, patient ? Long.MAX_VALUE : 0);
        space.cut(draft, bytes);
        Raw file = new Raw(draft.handle(), draft.usedBytes());
        drafts.put(file, draft);
        return file;
    }

    @Override
    public void abandon(Raw file) {
        DraftFile draft = drafts.remove(file);
        if (draft != null) {
            space.giveBack(draft);
        }
    }

    @Override
    public void placed(Raw file) {
        DraftFile draft = drafts.remove(file);
        if (draft != null) {
            draft.blank().close();
            ledger.settle(draft.chargedBytes(), Pages.of(draft.bytes()));
        }
    }

    @Override
    public void retire(long slab, long bytes) {
        ledger.withdraw(Pages.of(bytes));
        Path place = directory.slab(slab);
        graveyard.bury(place, directory.dead(slab, 0), Pages.of(bytes));
    }

    @Override
    public void removeStored(Path file) {
        storedFiles.accept(file);
    }
}
