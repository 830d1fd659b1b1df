package dev.arrowshelf.client.config;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Locale;
import java.util.Set;

/// A daemon's host and port.
///
/// @param host name or number; an IPv6 number without brackets
/// @param port 1 to 65535
public record Address(String host, int port) {
    /// Where a daemon listens unless told otherwise.
    public static final String DEFAULT_HOST = "localhost";

    /// The port of a daemon unless told otherwise.
    public static final int DEFAULT_PORT = 50051;

    /// The address of a daemon unless told otherwise.
    public static final Address DEFAULT = new Address(DEFAULT_HOST, DEFAULT_PORT);

    private static final Set<String> LOOPBACK =
            Set.of("localhost", "127.0.0.1", "::1", "0.0.0.0", "::");

    /// Checks the range.
    public Address {
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw bad(host + ":" + port);
        }
    }

    /// Reads `host:port`, `[::1]:50051` or a bare host.
    public static Address parse(String text) {
        int colon = text.lastIndexOf(':');
        boolean bareHost =
                colon < 0
                        || (text.indexOf(':') != colon
                                && text.charAt(Math.max(0, colon - 1)) != ']');
        String host = bareHost ? text : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try {
            return new Address(
                    host, bareHost ? DEFAULT_PORT : Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException _) {
            throw bad(text);
        }
    }

    /// Returns whether both name the same listener of this host, or are equal.
    public boolean meansSameAs(Address other) {
        return port == other.port
                && (host.equalsIgnoreCase(other.host) || (isLoopback() && other.isLoopback()));
    }

    /// Returns whether it is on this host for certain.
    public boolean isLoopback() {
        return LOOPBACK.contains(host.toLowerCase(Locale.ROOT));
    }

    private static ShelfException bad(String text) {
        return new ShelfException(
                ErrorCode.INVALID_ARGUMENT, "address is not host:port: address=" + text);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
