package dev.arrowshelf.server.flight;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.arrowshelf.server.json.JsonFields;
import dev.arrowshelf.server.json.ShelfJson;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.TableSlice;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.arrow.flight.impl.Flight;

/// What a client wants to read: as a ticket of this server, or as a command of its own; both are
/// the same JSON object.
///
/// @param name of the table
/// @param generation the one that is meant; empty: the present one
/// @param partition one partition only, whole
/// @param slice columns and rows
record TableRequest(String name, OptionalLong generation, OptionalInt partition, TableSlice slice) {
    private static final Set<String> KNOWN =
            Set.of("shelf", "name", "generation", "partition", "columns", "offset", "limit");

    TableRequest {
        if (partition.isPresent() && !slice.equals(TableSlice.ALL)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a partition is read whole: partition=" + partition.getAsInt());
        }
    }

    /// Reads a ticket. One of another shelf is refused.
    static TableRequest ofTicket(byte[] ticket, String shelf) {
        return parse("ticket", ticket, shelf);
    }

    /// Reads a descriptor: a path of one name, or a command.
    static TableRequest of(Flight.FlightDescriptor descriptor, String shelf) {
        return switch (descriptor.getType()) {
            case PATH -> whole(nameOf(descriptor));
            case CMD -> parse("command", descriptor.getCmd().toByteArray(), shelf);
            case UNKNOWN, UNRECOGNIZED -> throw noType();
        };
    }

    static ShelfException noType() {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT, "descriptor is neither a path nor a command");
    }

    /// Returns the one name of a path.
    static String nameOf(Flight.FlightDescriptor descriptor) {
        if (descriptor.getPathCount() != 1) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "path is not one table name: elements=" + descriptor.getPathCount());
        }
        return descriptor.getPath(0);
    }

    static TableRequest whole(String name) {
        return new TableRequest(name, OptionalLong.empty(), OptionalInt.empty(), TableSlice.ALL);
    }

    /// Returns the ticket in a message.
    static byte[] ticketOf(byte[] message) {
        try {
            return Flight.Ticket.parseFrom(message).getTicket().toByteArray();
        } catch (InvalidProtocolBufferException malformed) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "ticket is malformed: bytes=" + message.length,
                    malformed);
        }
    }

    private static TableRequest parse(String what, byte[] text, String shelf) {
        JsonFields fields = JsonFields.parse(what, text, KNOWN);
        String of = fields.text("shelf").orElse(shelf);
        if (!of.equals(shelf)) {
            throw new ShelfException(
                    ErrorCode.NOT_FOUND,
                    what + " is of another shelf: shelf=" + of + ", here=" + shelf);
        }
        String name =
                fields.text("name")
                        .orElseThrow(() ->
                                new ShelfException(
                                        ErrorCode.INVALID_ARGUMENT, what + " names no table"));
        return new TableRequest(
                name,
                fields.number("generation").map(OptionalLong::of).orElse(OptionalLong.empty()),
                fields.number("partition")
                        .map(number -> OptionalInt.of(checkedPartition(number)))
                        .orElse(OptionalInt.empty()),
                new TableSlice(
                        fields.texts("columns"),
                        fields.number("offset").orElse(0L),
                        fields.number("limit").orElse(Long.MAX_VALUE)));
    }

    private static int checkedPartition(long number) {
        if (number > Integer.MAX_VALUE) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT, "no such partition: partition=" + number);
        }
        return (int) number;
    }

    TableRequest withGeneration(long number) {
        return new TableRequest(name, OptionalLong.of(number), partition, slice);
    }

    TableRequest withPartition(int number) {
        return new TableRequest(name, generation, OptionalInt.of(number), slice);
    }

    /// Returns the ticket for this request.
    Flight.Ticket ticket(String shelf) {
        String text =
                ShelfJson.object(json -> {
                    json.writeStringField("shelf", shelf);
                    json.writeStringField("name", name);
                    if (generation.isPresent()) {
                        json.writeNumberField("generation", generation.getAsLong());
                    }
                    if (partition.isPresent()) {
                        json.writeNumberField("partition", partition.getAsInt());
                    }
                    Optional<java.util.List<String>> columns = slice.columns();
                    if (columns.isPresent()) {
                        json.writeArrayFieldStart("columns");
                        for (String column : columns.get()) {
                            json.writeString(column);
                        }
                        json.writeEndArray();
                    }
                    if (slice.offset() > 0) {
                        json.writeNumberField("offset", slice.offset());
                    }
                    if (slice.limit() < Long.MAX_VALUE) {
                        json.writeNumberField("limit", slice.limit());
                    }
                });
        return Flight.Ticket.newBuilder()
                .setTicket(ByteString.copyFrom(text, StandardCharsets.UTF_8))
                .build();
    }
}
