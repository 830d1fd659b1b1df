package dev.arrowshelf.redis.link;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.time.Duration;

/// How Redis is reached.
///
/// @param url where; never holds a password
/// @param mode what stands behind the address
/// @param login who asks
/// @param tls certificates
/// @param limits connections, bytes in flight, times
/// @param retry what is done about transient failures
public record RedisOptions(
        RedisAddress url, Mode mode, Login login, Tls tls, Limits limits, RetryOptions retry) {

    /// What stands behind an address.
    public enum Mode {
        /// One server, or a proxy that looks like one.
        SINGLE,
        /// A Redis Cluster.
        CLUSTER,
        /// Sentinels, which say where the master is.
        SENTINEL
    }

    /// Who asks.
    ///
    /// @param user ACL user; empty for the default user
    /// @param password empty for none; never printed
    public record Login(String user, String password) {
        /// Nobody in particular.
        public static final Login NONE = new Login("", "");

        @Override
        public String toString() {
            return "Login[user=" + user + "]";
        }
    }

    /// Certificates of a connection by TLS, as paths of PEM files; empty where not used.
    ///
    /// @param caFile whom to believe; empty: what the Java installation believes
    /// @param certificateFile the client's certificate
    /// @param keyFile the client's private key
    /// @param verify whether the server's certificate is checked, its name included
    public record Tls(String caFile, String certificateFile, String keyFile, boolean verify) {
        /// The Java installation's certificates, checked.
        public static final Tls DEFAULT = new Tls("", "", "", true);

        /// Checks that certificate and key come together.
        public Tls {
            if (certificateFile.isEmpty() != keyFile.isEmpty()) {
                throw invalid("client certificate and key are needed both, or neither");
            }
        }
    }

    /// Bounds.
    ///
    /// @param connections most connections to one node; few serve large values best, so not more
    ///   than two are made, and two more while large values travel
    /// @param bytesInFlight most bytes of values asked for or sent and not yet answered
    /// @param timeout longest wait for the answer to one command
    /// @param connectTimeout longest wait for a connection
    /// @param keepAlive whether idle connections are kept alive by the system
    public record Limits(
            int connections,
            long bytesInFlight,
            Duration timeout,
            Duration connectTimeout,
            boolean keepAlive) {
        /// What most networks want.
        public static final Limits DEFAULT =
                new Limits(50, 16L << 20, Duration.ofSeconds(10), Duration.ofSeconds(5), true);

        /// Checks the numbers.
        public Limits {
            if (connections < 1 || bytesInFlight < 1) {
                throw invalid(
                        "limit must be positive: connections="
                                + connections
                                + ", bytesInFlight="
                                + bytesInFlight);
            }
        }
    }

    /// What is done about failures that may pass. A command is given up when it was tried so often
    /// and so long.
    ///
    /// @param attempts least number of tries
    /// @param delay about how long the first wait is; each one is twice as long, up to two seconds
    /// @param deadline how long to go on
    public record RetryOptions(int attempts, Duration delay, Duration deadline) {
        /// Long enough for a cluster to notice that a master died.
        public static final RetryOptions DEFAULT =
                new RetryOptions(3, Duration.ofSeconds(1), Duration.ofSeconds(30));

        /// Checks the numbers.
        public RetryOptions {
            if (attempts < 1 || delay.isNegative() || deadline.isNegative()) {
                throw invalid(
                        "retries are impossible: attempts="
                                + attempts
                                + ", delay="
                                + delay
                                + ", deadline="
                                + deadline);
            }
        }
    }

    /// Returns the defaults for a URL; a password in it is taken out of it.
    public static RedisOptions of(String url) {
        return RedisAddress.options(url);
    }

    /// Returns a copy for a cluster or not.
    public RedisOptions withMode(Mode other) {
        return new RedisOptions(url, other, login, tls, limits, retry);
    }

    /// Returns a copy with another login.
    public RedisOptions withLogin(Login other) {
        return new RedisOptions(url, mode, other, tls, limits, retry);
    }

    /// Returns a copy with other certificates.
    public RedisOptions withTls(Tls other) {
        return new RedisOptions(url, mode, login, other, limits, retry);
    }

    /// Returns a copy with other bounds.
    public RedisOptions withLimits(Limits other) {
        return new RedisOptions(url, mode, login, tls, other, retry);
    }

    /// Returns a copy with other retries.
    public RedisOptions withRetry(RetryOptions other) {
        return new RedisOptions(url, mode, login, tls, limits, other);
    }

    private static ShelfException invalid(String message) {
        return new ShelfException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
