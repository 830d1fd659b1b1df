package dev.arrowshelf.client.flight;

import dev.arrowshelf.memory.control.ControlReader;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;

/// Where a daemon keeps its shelf, on its own host.
///
/// @param directory the shelf directory there
/// @param shelfId 32 hexadecimal digits
public record ShelfSite(Path directory, String shelfId) {
    static ShelfSite of(Map<String, String> fields) {
        String directory = fields.get("directory");
        String id = fields.get("shelf_id");
        if (directory == null || id == null) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "daemon does not say where its shelf is: fields=" + fields);
        }
        return new ShelfSite(Path.of(directory), id);
    }

    /// Returns whether this very shelf can be opened here: the same directory on the same host, by
    /// the same user.
    public boolean isHere() {
        try (ControlReader control = ControlReader.open(directory)) {
            UUID here = control.header().shelfId();
            return "%016x%016x"
                    .formatted(here.getMostSignificantBits(), here.getLeastSignificantBits())
                    .equals(shelfId);
        } catch (IOException _) {
            return false;
        }
    }
}
