package dev.arrowshelf.server.flight;

import com.google.protobuf.ByteString;
import dev.arrowshelf.server.json.JsonFields;
import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.server.sql.SqlService;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfStatus;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.TableDetails;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.owner.ShelfOwner;
import dev.arrowshelf.store.table.TableName;
import dev.arrowshelf.store.table.TableSpace;
import dev.arrowshelf.store.tier.SharedTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// The actions of the Flight service; each answers one JSON object.
final class FlightActions {
    static final List<Flight.ActionType> TYPES =
            List.of(
                    type("delete", "deletes the table named by the body"),
                    type("shelf.delete_all", "deletes all tables"),
                    type("shelf.details", "everything known about the table named by the body"),
                    type("shelf.touch", "says that a table was used, and how long it lives"),
                    type("shelf.spill", "sends the table named by the body to disk"),
                    type("shelf.persist", "writes a table to a directory of the daemon's host"),
                    type("shelf.load", "puts a persisted table back"),
                    type("shelf.forget_persisted", "removes a persisted table"),
                    type("shelf.persisted", "the tables persisted in the directory in the body"),
                    type("shelf.describe", "where the shelf is, for clients on its host"),
                    type("shelf.status", "memory, features, warnings"));

    private static final int PROTOCOL_VERSION = 1;

    private final ShelfOwner owner;
    private final TableSpace space;
    private final String shelf;
    private final SqlService sql;
    private final @Nullable SharedTables shared;

    /// @param shared the tier's tables; null without a tier
    FlightActions(
            ShelfOwner owner,
            TableSpace space,
            String shelf,
            SqlService sql,
            @Nullable SharedTables shared) {
        this.owner = owner;
        this.sql = sql;
        this.shared = shared;
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
                    case "shelf.details" -> details(action.getBody());
                    case "shelf.touch" -> touch(action.getBody());
                    case "shelf.spill" -> spill(action.getBody());
                    case "shelf.persist" -> persist(action.getBody());
                    case "shelf.load" -> load(action.getBody());
                    case "shelf.forget_persisted" -> forgetPersisted(action.getBody());
                    case "shelf.persisted" -> persisted(action.getBody());
                    case "shelf.describe" -> describe();
                    case "shelf.status" -> ShelfJson.of(status(), sql.figures());
                    default ->
                            throw new ShelfException(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "no such action: type=" + action.getType());
                };
        return Flight.Result.newBuilder().setBody(ByteString.copyFromUtf8(answer)).build();
    }

    private ShelfStatus status() {
        return shared == null ? owner.status() : shared.status(owner.status());
    }

    private String delete(ByteString body) {
        String name = name(body);
        byte[] key = TableName.toKey(name);
        space.letGo(name);
        boolean existed = shared == null ? owner.delete(key) : shared.delete(key);
        return ShelfJson.object(json -> json.writeBooleanField("deleted", existed));
    }

    private static String name(ByteString body) {
        if (!body.isValidUtf8()) {
            throw new ShelfException(
                    ErrorCode.INVALID_KEY, "name is not UTF-8: bytes=" + body.size());
        }
        return body.toStringUtf8();
    }

    private String details(ByteString body) {
        String name = name(body);
        TableDetails table = owner.details(TableName.toKey(name));
        if (table == null) {
            throw new ShelfException(ErrorCode.NOT_FOUND, "Key not found: key=" + name);
        }
        return ShelfJson.of(table);
    }

    private String touch(ByteString body) {
        JsonFields fields =
                JsonFields.parse(
                        "action body",
                        body.toByteArray(),
                        Set.of("name", "ttl_millis", "max_idle_millis"));
        boolean existed =
                owner.touch(
                        TableName.toKey(fields.text("name").orElse("")),
                        fields.number("ttl_millis").map(Duration::ofMillis),
                        fields.number("max_idle_millis").map(Duration::ofMillis));
        return ShelfJson.object(json -> json.writeBooleanField("existed", existed));
    }

    private String spill(ByteString body) {
        String name = name(body);
        space.letGo(name);
        long bytes = owner.spill(TableName.toKey(name));
        return ShelfJson.object(json -> json.writeNumberField("bytes", bytes));
    }

    private String persist(ByteString body) {
        JsonFields fields = stored(body);
        boolean existed =
                owner.persist(
                        TableName.toKey(fields.text("name").orElse("")),
                        directory(fields.text("directory").orElse("")),
                        SpillCodec.of(fields.number("codec").orElse(0L).intValue()),
                        fields.flag("durable").orElse(true));
        return ShelfJson.object(json -> json.writeBooleanField("existed", existed));
    }

    private String load(ByteString body) {
        JsonFields fields = stored(body);
        String name = fields.text("name").orElse("");
        PutOptions options = PutOptions.DEFAULT.withReplace(fields.flag("replace").orElse(true));
        TableInfo table =
                owner.load(
                        name,
                        TableName.toKey(name),
                        options,
                        owner.directoryTier(directory(fields.text("directory").orElse(""))));
        if (table == null) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND, "no such table was persisted: name=" + name);
        }
        return ShelfJson.of(table);
    }

    private String forgetPersisted(ByteString body) {
        JsonFields fields = stored(body);
        boolean existed =
                owner.forgetPersisted(
                        fields.text("name").orElse(""),
                        directory(fields.text("directory").orElse("")));
        return ShelfJson.object(json -> json.writeBooleanField("existed", existed));
    }

    private String persisted(ByteString body) {
        List<String> names = owner.persisted(directory(name(body)));
        return ShelfJson.object(json -> {
            json.writeArrayFieldStart("names");
            for (String name : names) {
                json.writeString(name);
            }
            json.writeEndArray();
        });
    }

    private static JsonFields stored(ByteString body) {
        return JsonFields.parse(
                "action body", body.toByteArray(), Set.of("name", "directory", "codec", "replace"));
    }

    private static Path directory(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "path is not absolute: path=" + text);
        }
        return path;
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
