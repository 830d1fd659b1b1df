package dev.arrowshelf.server.flight;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.arrowshelf.server.json.JsonFields;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;
import java.util.Set;
import org.apache.arrow.flight.impl.Flight;

/// Which table a client puts, and how: from a path of one name, or a command, a JSON object.
///
/// @param name of the table
/// @param options how it is put
record PutRequest(String name, PutOptions options) {
    private static final Set<String> KNOWN =
            Set.of(
                    "name",
                    "partition_rows",
                    "partition_bytes",
                    "replace",
                    "validate_utf8",
                    "ttl_millis",
                    "max_idle_millis",
                    "metadata");

    /// Reads a descriptor as it is in the first message of a put.
    static PutRequest parse(byte[] descriptor) {
        try {
            return of(Flight.FlightDescriptor.parseFrom(descriptor));
        } catch (InvalidProtocolBufferException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "descriptor is malformed: bytes=" + descriptor.length,
                    malformed);
        }
    }

    /// Returns the command in a descriptor; no bytes when it has none.
    static byte[] commandOf(byte[] descriptor) {
        try {
            return Flight.FlightDescriptor.parseFrom(descriptor).getCmd().toByteArray();
        } catch (InvalidProtocolBufferException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "descriptor is malformed: bytes=" + descriptor.length,
                    malformed);
        }
    }

    private static PutRequest of(Flight.FlightDescriptor descriptor) {
        return switch (descriptor.getType()) {
            case PATH -> new PutRequest(TableRequest.nameOf(descriptor), PutOptions.DEFAULT);
            case CMD -> ofCommand(descriptor.getCmd().toByteArray());
            case UNKNOWN, UNRECOGNIZED -> throw TableRequest.noType();
        };
    }

    private static PutRequest ofCommand(byte[] text) {
        JsonFields fields = JsonFields.parse("command", text, KNOWN);
        String name =
                fields.text("name")
                        .orElseThrow(() ->
                                new ShelfException(
                                        ErrorCode.INVALID_ARGUMENT, "command names no table"));
        PutOptions options =
                new PutOptions(
                        fields.number("partition_rows").orElse(0L),
                        fields.number("partition_bytes").orElse(0L),
                        fields.flag("replace").orElse(true),
                        fields.flag("validate_utf8").orElse(false),
                        false,
                        new Retention(
                                fields.number("ttl_millis").map(Duration::ofMillis),
                                fields.number("max_idle_millis").map(Duration::ofMillis),
                                fields.text("metadata").orElse("")),
                        0,
                        "remote");
        return new PutRequest(name, options);
    }
}
