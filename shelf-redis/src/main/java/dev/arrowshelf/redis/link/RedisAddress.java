package dev.arrowshelf.redis.link;

import dev.arrowshelf.redis.link.RedisOptions.Limits;
import dev.arrowshelf.redis.link.RedisOptions.Login;
import dev.arrowshelf.redis.link.RedisOptions.Mode;
import dev.arrowshelf.redis.link.RedisOptions.RetryOptions;
import dev.arrowshelf.redis.link.RedisOptions.Tls;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Where Redis listens: `redis://host:port/database`, `rediss://` for TLS, `unix:///path` for a
/// socket, `redis-sentinel://host:port,host:port/database?master=name`.
///
/// @param nodes at least one; more only for sentinels and clusters
/// @param secure whether by TLS
/// @param database number of the database
/// @param socketPath path of a Unix socket; empty for TCP
/// @param sentinelMaster name of the master that the sentinels watch; empty otherwise
public record RedisAddress(
        List<Node> nodes, boolean secure, int database, String socketPath, String sentinelMaster) {
    private static final int DEFAULT_PORT = 6379;
    private static final int DEFAULT_SENTINEL_PORT = 26379;

    /// One host and port.
    ///
    /// @param host name or address
    /// @param port TCP port
    public record Node(String host, int port) {}

    /// Copies the list.
    public RedisAddress {
        nodes = List.copyOf(nodes);
    }

    @Override
    public String toString() {
        if (!socketPath.isEmpty()) {
            return "unix://" + socketPath;
        }
        StringBuilder text = new StringBuilder(secure ? "rediss://" : "redis://");
        for (int i = 0; i < nodes.size(); i++) {
            text.append(i == 0 ? "" : ",");
            String host = nodes.get(i).host();
            text.append(host.contains(":") ? "[" + host + "]" : host);
            text.append(':').append(nodes.get(i).port());
        }
        return text.append('/').append(database).toString();
    }

    static RedisOptions options(String url) {
        int scheme = url.indexOf("://");
        String name = scheme < 0 ? "" : url.substring(0, scheme).toLowerCase(Locale.ROOT);
        return switch (name) {
            case "redis" -> parse(url, Mode.SINGLE, false);
            case "rediss" -> parse(url, Mode.SINGLE, true);
            case "redis-sentinel" -> parse(url, Mode.SENTINEL, false);
            case "rediss-sentinel" -> parse(url, Mode.SENTINEL, true);
            case "unix" -> socket(url);
            default ->
                    throw invalid(
                            "Redis URL has no known scheme: known=redis, rediss, unix, redis-sentinel, rediss-sentinel");
        };
    }

    private static RedisOptions socket(String url) {
        URI uri = uri(url);
        Map<String, String> query = query(uri);
        String path = uri.getPath();
        if (path == null || path.isEmpty()) {
            throw invalid("Redis URL has no path of a socket");
        }
        int database = number(query.getOrDefault("db", "0"), "database");
        return finished(
                new RedisAddress(List.of(), false, database, path, ""), Mode.SINGLE, uri, query);
    }

    private static RedisOptions parse(String url, Mode mode, boolean secure) {
        int begin = url.indexOf("://") + 3;
        int end = begin;
        while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
            end++;
        }
        String authority = url.substring(begin, end);
        int at = authority.lastIndexOf('@');
        List<Node> nodes = new ArrayList<>();
        int defaultPort = mode == Mode.SENTINEL ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT;
        for (String node : authority.substring(at + 1).split(",", -1)) {
            nodes.add(node(node, defaultPort));
        }
        // Java's URI takes one host only.
        URI uri =
                uri(
                        url.substring(0, begin)
                                + authority.substring(0, at + 1)
                                + "host"
                                + url.substring(end));
        Map<String, String> query = query(uri);
        String path = uri.getPath() == null ? "" : uri.getPath().replaceFirst("^/", "");
        int database = number(path.isEmpty() ? query.getOrDefault("db", "0") : path, "database");
        String master = query.getOrDefault("master", "");
        if (mode == Mode.SENTINEL && master.isEmpty()) {
            throw invalid("Redis URL of sentinels does not name the master: add=?master=NAME");
        }
        return finished(new RedisAddress(nodes, secure, database, "", master), mode, uri, query);
    }

    private static RedisOptions finished(
            RedisAddress address, Mode mode, URI uri, Map<String, String> query) {
        for (String name : query.keySet()) {
            switch (name) {
                case "db",
                        "master",
                        "ssl_ca_certs",
                        "ssl_certfile",
                        "ssl_keyfile",
                        "ssl_cert_reqs" -> {}
                default ->
                        throw invalid("Redis URL has a parameter that is not known: name=" + name);
            }
        }
        String verify = query.getOrDefault("ssl_cert_reqs", "required");
        Tls tls =
                new Tls(
                        query.getOrDefault("ssl_ca_certs", ""),
                        query.getOrDefault("ssl_certfile", ""),
                        query.getOrDefault("ssl_keyfile", ""),
                        !verify.equals("none"));
        return new RedisOptions(
                address,
                mode,
                login(uri.getRawUserInfo()),
                tls,
                Limits.DEFAULT,
                RetryOptions.DEFAULT);
    }

    private static Login login(@org.jspecify.annotations.Nullable String userInfo) {
        if (userInfo == null) {
            return Login.NONE;
        }
        int colon = userInfo.indexOf(':');
        // redis://secret@host is a password for some clients and a user for others: refused.
        if (colon < 0) {
            throw invalid(
                    "Redis URL names a user without a password: form=user:password@ or :password@");
        }
        return new Login(
                decoded(userInfo.substring(0, colon)), decoded(userInfo.substring(colon + 1)));
    }

    private static Node node(String text, int defaultPort) {
        String host = text;
        String port = "";
        int bracket = text.indexOf(']');
        int colon = text.indexOf(':', Math.max(0, bracket));
        if (colon >= 0) {
            host = text.substring(0, colon);
            port = text.substring(colon + 1);
        }
        if (bracket >= 0 && host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        int number = port.isEmpty() ? defaultPort : number(port, "port");
        if (host.isEmpty() || number < 1 || number > 65_535) {
            throw invalid("Redis URL has an impossible host or port: node=" + text);
        }
        return new Node(host, number);
    }

    private static Map<String, String> query(URI uri) {
        Map<String, String> query = new HashMap<>();
        String raw = uri.getRawQuery();
        if (raw != null && !raw.isEmpty()) {
            for (String pair : raw.split("&", -1)) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                query.put(decoded(name), equals < 0 ? "" : decoded(pair.substring(equals + 1)));
            }
        }
        return query;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static int number(String text, String what) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw invalid("Redis URL has an impossible " + what + ": text=" + text);
    }

    /// The text of a URL may hold a password, so no message shows it.
    private static URI uri(String url) {
        try {
            return new URI(url);
        } catch (URISyntaxException wrong) {
            throw invalid("Redis URL is not one: position=" + wrong.getIndex());
        }
    }

    private static ShelfException invalid(String message) {
        return new ShelfException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
