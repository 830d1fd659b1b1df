/// `FlightData` messages: read in pieces, made of IPC messages and of rows.
@NullMarked
package dev.arrowshelf.server.flight.message;

import org.jspecify.annotations.NullMarked;
