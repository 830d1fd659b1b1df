package dev.arrowshelf.redis.link;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.PartitionSelectorException;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;

/// Tells failures that pass from those that do not, and says what to do about the latter.
final class Failures {
    private Failures() {}

    /// Returns what happened, without the wrappers of futures.
    static Throwable cause(Throwable failure) {
        Throwable found = failure;
        while ((found instanceof CompletionException || found instanceof ExecutionException)
                && found.getCause() != null) {
            found = found.getCause();
        }
        return found;
    }

    /// Returns whether the same command may succeed a little later.
    ///
    /// @param cluster whether this program knows that it talks to a cluster
    static boolean mayPass(Throwable failure, boolean cluster) {
        return switch (cause(failure)) {
            case RedisCommandExecutionException refused -> mayPass(refused, cluster);
            case RedisCommandTimeoutException _,
                    PartitionSelectorException _,
                    CancellationException _ ->
                    true;
            case RedisConnectionException connecting -> !isRefusal(connecting);
            case SSLException _ -> false;
            case IOException _ -> true;
            case RedisException other -> !isRefusal(other);
            default -> false;
        };
    }

    private static boolean mayPass(RedisCommandExecutionException refused, boolean cluster) {
        return switch (word(refused)) {
            case "LOADING",
                    "CLUSTERDOWN",
                    "TRYAGAIN",
                    "MASTERDOWN",
                    "READONLY",
                    "BUSY",
                    "UNBLOCKED",
                    "NOREPLICAS" ->
                    true;
            // Of a cluster: it changed faster than the client could follow.
            case "MOVED", "ASK" -> cluster;
            default -> false;
        };
    }

    /// A refused login or certificate is wrapped into a failure to connect.
    private static boolean isRefusal(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof SSLException
                    || isNoCluster(at)
                    || (at instanceof RedisCommandExecutionException refused
                            && !mayPass(refused, true))) {
                return true;
            }
        }
        return false;
    }

    /// Asking one server, or a proxy, for the cluster's map fails with its words in the client's.
    private static boolean isNoCluster(Throwable failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("cluster support disabled")
                || (message.contains("cluster partitions") && message.contains("unknown command"));
    }

    /// Returns whether one node of a cluster says that another one has the slot: with a client that
    /// follows such answers, that the nodes do not agree yet.
    static boolean isRedirection(Throwable failure) {
        return cause(failure) instanceof RedisCommandExecutionException refused
                && (word(refused).equals("MOVED") || word(refused).equals("ASK"));
    }

    /// Returns the error for a caller.
    ///
    /// @param what the command, one word
    /// @param cluster whether this program knows that it talks to a cluster
    static ShelfException asShelfException(
            Throwable failure, String what, String key, boolean cluster) {
        Throwable cause = cause(failure);
        if (cause instanceof ShelfException known) {
            return known;
        }
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (isNoCluster(at)) {
                return error(
                        ErrorCode.INVALID_ARGUMENT,
                        "Redis is not a cluster (use --cluster off): command=" + what + on(key),
                        failure);
            }
            if (at instanceof RedisCommandExecutionException refused) {
                return refused(refused, what, key, cluster);
            }
            if (at instanceof SSLException) {
                return new ShelfException(
                        ErrorCode.FORBIDDEN,
                        "TLS with Redis failed: reason=" + at.getMessage(),
                        failure);
            }
        }
        String fact =
                cause instanceof RedisCommandTimeoutException
                        ? "Redis does not answer in time"
                        : "connection to Redis failed";
        return new ShelfException(
                ErrorCode.UNAVAILABLE,
                fact + ": command=" + what + on(key) + ", reason=" + reason(cause),
                failure);
    }

    private static ShelfException refused(
            RedisCommandExecutionException refused, String what, String key, boolean cluster) {
        String answer = String.valueOf(refused.getMessage());
        String place = ": command=" + what + on(key) + ", answer=" + answer;
        return switch (word(refused)) {
            case "OOM" ->
                    error(
                            ErrorCode.OUT_OF_MEMORY,
                            "Redis has no memory left (raise maxmemory, remove data, or store it compressed)"
                                    + place,
                            refused);
            case "WRONGPASS", "NOAUTH", "DENIED" ->
                    error(
                            ErrorCode.FORBIDDEN,
                            "Redis refuses the login (check the user, and REDIS_PASSWORD or --password-file)"
                                    + place,
                            refused);
            case "NOPERM" ->
                    error(
                            ErrorCode.FORBIDDEN,
                            "Redis user may not do this (extend its ACL)" + place,
                            refused);
            case "CROSSSLOT" ->
                    error(
                            ErrorCode.INVALID_ARGUMENT,
                            "Redis wants keys of one slot (this is a cluster: use --cluster on)"
                                    + place,
                            refused);
            case "MOVED", "ASK" ->
                    cluster
                            ? error(ErrorCode.UNAVAILABLE, changing(answer, place), refused)
                            : error(
                                    ErrorCode.INVALID_ARGUMENT,
                                    "Redis is a cluster (use --cluster on)" + place,
                                    refused);
            case "WRONGTYPE" ->
                    error(
                            ErrorCode.CORRUPT,
                            "key holds something else than a value of ours" + place,
                            refused);
            case "LOADING", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN", "BUSY", "NOREPLICAS" ->
                    error(ErrorCode.UNAVAILABLE, "Redis is not ready" + place, refused);
            case "MISCONF" ->
                    error(
                            ErrorCode.UNAVAILABLE,
                            "Redis refuses writes because it cannot save (check its disk)" + place,
                            refused);
            default -> error(ErrorCode.IO, "Redis refuses a command" + place, refused);
        };
    }

    /// The answer is `MOVED slot host:port`.
    private static String changing(String answer, String place) {
        String[] words = answer.split(" ", -1);
        String where = words.length < 3 ? "" : ", slot=" + words[1] + ", node=" + words[2];
        return "Redis Cluster is changing: its nodes do not agree who has a slot" + place + where;
    }

    private static ShelfException error(ErrorCode code, String message, Throwable cause) {
        return new ShelfException(code, message, cause);
    }

    private static String word(RedisCommandExecutionException refused) {
        String answer = String.valueOf(refused.getMessage());
        int space = answer.indexOf(' ');
        return (space < 0 ? answer : answer.substring(0, space)).toUpperCase(Locale.ROOT);
    }

    private static String on(String key) {
        return key.isEmpty() ? "" : ", key=" + key;
    }

    private static String reason(Throwable failure) {
        Throwable last = failure;
        while (last.getCause() != null) {
            last = last.getCause();
        }
        String message = last.getMessage();
        return message == null || message.isBlank() ? last.getClass().getSimpleName() : message;
    }
}
