package dev.arrowshelf.cli.line;

import dev.arrowshelf.memory.control.ControlHeader;
import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.memory.control.ControlView;
import dev.arrowshelf.memory.control.Slot;
import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.store.model.MemoryUsage;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.TableInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the control block of a directory says, without asking its owner and without a class of
/// Arrow. For one thread.
final class Catalogue implements AutoCloseable {
    private final Path directory;
    private final ControlView view;

    private Catalogue(Path directory, ControlView view) {
        this.directory = directory;
        this.view = view;
    }

    /// Opens the control block of a directory; null when there is no shelf.
    static @Nullable Catalogue open(Path directory) throws IOException {
        try {
            return new Catalogue(directory, ControlView.open(directory));
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    List<TableInfo> tables() throws IOException {
        List<TableInfo> tables = new ArrayList<>();
        view.current()
                .forEach((key, slot) -> {
                    if (!TableKey.isInternal(key)) {
                        tables.add(table(key, slot));
                    }
                });
        return tables;
    }

    /// Returns the daemon's address; empty when there is none, or it is gone.
    String address() throws IOException {
        ControlReader control = view.current();
        return control.ownerAlive() ? control.header().address() : "";
    }

    /// Returns the owner's pid; 0 when there is none, or it is gone.
    long ownerPid() throws IOException {
        ControlReader control = view.current();
        return control.ownerAlive() ? control.header().owner().pid() : 0;
    }

    /// Returns what can be told without the owner.
    ShelfStatus status() throws IOException {
        ControlReader control = view.current();
        ControlHeader header = control.header();
        boolean owned = control.ownerAlive();
        MemoryUsage memory =
                new MemoryUsage(
                        header.memory().limitBytes(),
                        header.memory().residentBytes(),
                        header.memory().writingBytes(),
                        header.memory().poolBytes(),
                        header.memory().unlinkedBytes(),
                        0,
                        Files.getFileStore(directory).getUsableSpace(),
                        "");
        return new ShelfStatus(
                directory.toString(),
                owned ? header.address() : "",
                owned ? header.owner().pid() : 0,
                header.catalogue().tables(),
                memory,
                ShelfStatus.Traffic.NONE,
                Map.of(
                        "leases",
                        onOff(header.features().leases()),
                        "collapse",
                        onOff(header.features().hugePages())),
                owned
                        ? List.of()
                        : List.of("nobody owns the shelf: figures are those of its last owner"));
    }

    @Override
    public void close() {
        view.close();
    }

    private static TableInfo table(byte[] key, Slot slot) {
        return new TableInfo(
                new String(key, StandardCharsets.UTF_8),
                slot.generation(),
                slot.figures().rows(),
                slot.figures().bytes(),
                slot.figures().columns(),
                slot.location().partitions(),
                slot.figures().createdMillis());
    }

    private static String onOff(boolean on) {
        return on ? "on" : "off";
    }
}
