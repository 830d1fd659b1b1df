package dev.arrowshelf.server.flight;

import com.google.protobuf.ByteString;
import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;

/// The actions of the Flight service; each answers one JSON object.
final class FlightActions {
    static final List<Flight.ActionType> TYPES =
            List.of(
                    type("delete", "deletes the table named by the body"),
                    type("shelf.delete_all", "deletes all tables"),
                    type("shelf.describe", "where the shelf is, for clients on its host"),
                    type("shelf.status", "memory, features, warnings"));

    private static final int PROTOCOL_VERSION = 1;

    private final ShelfOwner owner;
    private final TableSpace space;
    private final String shelf;

    FlightActions(ShelfOwner owner, TableSpace space, String shelf) {
        this.owner = owner;
        this.space = space;
        this.shelf = shelf;
    }

    private static Flight.ActionType type(String name, String description) {
        return Flight.ActionType.newBuilder().setType(name).setDescription(description).build();
    }

    Flight.Result run(Flight.Action action) {
        String answer =
                switch (action.getType()) {
                    case "delete" -> delete(action.getBody());
                    case "shelf.delete_all" -> deleteAll();
                    case "shelf.describe" -> describe();
                    case "shelf.status" -> ShelfJson.of(owner.status());
                    default ->
                            throw new ShelfException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "no such action: type=" + action.getType());
                };
        return Flight.Result.newBuilder().setBody(ByteString.copyFromUtf8(answer)).build();
    }

    private String delete(ByteString body) {
        if (!body.isValidUtf8()) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY, "name is not UTF-8: bytes=" + body.size());
        }
        String name = body.toStringUtf8();
        byte[] key = TableName.toKey(name);
        space.letGo(name);
        boolean existed = owner.delete(key);
        return ShelfJson.object(json -> json.writeBooleanField("deleted", existed));
    }

    private String deleteAll() {
        space.letGoOfAll();
        long deleted = owner.deleteAll();
        return ShelfJson.object(json -> json.writeNumberField("deleted", deleted));
    }

    private String describe() {
        long uid = uid(owner.directory());
        return ShelfJson.object(json -> {
            json.writeStringField("directory", owner.directory().toString());
            json.writeNumberField("uid", uid);
            json.writeStringField("shelf_id", shelf);
            json.writeNumberField("version", PROTOCOL_VERSION);
        });
    }

    private static long uid(Path directory) {
        try {
            return ((Number) Files.getAttribute(directory, "unix:uid")).longValue();
        } catch (IOException failure) {
            throw new ShelfException(
                    ErrorCode.IO, "cannot read the directory: directory=" + directory, failure);
        }
    }
}
