package dev.arrowshelf.server;

import dev.arrowshelf.sql.model.SqlOptions;

/// How a daemon listens.
///
/// @param host interface of the Flight port; `localhost` by default
/// @param port TCP port; 0 takes a free one
/// @param connectionLimit connections to the control socket at once
/// @param sql how queries run
public record ServerOptions(String host, int port, int connectionLimit, SqlOptions sql) {
    /// Connections to the control socket at once unless told otherwise.
    public static final int DEFAULT_CONNECTION_LIMIT = 4096;

    /// Checks the ranges.
    public ServerOptions {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException(
                    "port out of range: port=" + port + ", greatest=65535");
        }
        if (connectionLimit < 1) {
            throw new IllegalArgumentException(
                    "connection limit must be positive: limit=" + connectionLimit);
        }
    }

    /// Returns the defaults for an interface and a port.
    public static ServerOptions of(String host, int port) {
        return new ServerOptions(host, port, DEFAULT_CONNECTION_LIMIT, SqlOptions.defaults());
    }

    ServerOptions withPort(int taken) {
        return new ServerOptions(host, taken, connectionLimit, sql);
    }

    /// Returns a copy with other options for queries.
    public ServerOptions withSql(SqlOptions options) {
        return new ServerOptions(host, port, connectionLimit, options);
    }

    /// Returns `host:port`, an IPv6 number in brackets.
    String address() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
