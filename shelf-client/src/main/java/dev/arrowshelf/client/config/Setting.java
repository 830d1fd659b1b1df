package dev.arrowshelf.client.config;

import java.util.Optional;

/// Everything that can be set, by the name it has in the config file and as a command line option.
public enum Setting {
    /// The shelf's own directory.
    DIR("dir", "ARROWSHELF_DIR"),
    /// `host:port` of a daemon.
    ADDRESS("address", "ARROWSHELF_ADDRESS"),
    /// Interface a daemon listens on.
    HOST("host", null),
    /// Port a daemon listens on.
    PORT("port", null),
    /// Bytes the shelf may take.
    MEMORY_LIMIT("memory-limit", "ARROWSHELF_MEMORY_LIMIT"),
    /// Most bytes of the warm pool; 0 is off.
    WARM_POOL("warm-pool", "ARROWSHELF_WARM_POOL"),
    /// Longest table that goes into a slab; 0 is off.
    SMALL_TABLE_LIMIT("small-table-limit", null),
    /// Whether the directory is removed when the daemon stops.
    EPHEMERAL("ephemeral", null),
    /// Whether the kernel is asked who still maps a segment.
    LEASES("leases", null),
    /// Whether pages of deleted segments are used again.
    RECYCLE("recycle", null),
    /// Whether segments are turned into huge pages.
    COLLAPSE("collapse", null),
    /// Whether pages are faulted in by the writer.
    POPULATE("populate", null),
    /// Whether a daemon rehearses after its start.
    WARM_UP("warm-up", null),
    /// What becomes of tables that have to leave memory: `spill`, `drop` or `off`.
    EVICT("evict", null),
    /// Which tables leave memory first.
    EVICTION_POLICY("eviction-policy", null),
    /// Weights of the weighted policy: recency, frequency, size and age, with commas.
    EVICTION_WEIGHTS("eviction-weights", null),
    /// Part of the memory limit above which tables leave memory.
    HIGH_WATER("high-water", null),
    /// Part of the memory limit down to which they leave.
    LOW_WATER("low-water", null),
    /// Available memory of the host below which tables leave memory.
    HOST_RESERVE("host-reserve", null),
    /// Directories for spilled tables, with colons.
    SPILL_DIR("spill-dir", "ARROWSHELF_SPILL_DIR"),
    /// How spilled tables are stored: `none`, `lz4` or `zstd`.
    SPILL_COMPRESSION("spill-compression", null),
    /// Level of Zstandard.
    SPILL_LEVEL("spill-level", null),
    /// How long a put waits for room, seconds.
    PUT_WAIT("put-wait", null),
    /// How long tables live by default, seconds.
    TTL("ttl", null),
    /// How long tables may go unused by default, seconds.
    MAX_IDLE("max-idle", null),
    /// Redis in which shelves of several hosts share tables.
    REDIS_URL("redis-url", null),
    /// What the shared tables' keys begin with.
    REDIS_PREFIX("redis-prefix", null),
    /// Whether that Redis is a cluster.
    REDIS_CLUSTER("redis-cluster", null),
    /// File with its password.
    REDIS_PASSWORD_FILE("redis-password-file", null),
    /// About how often copies of shared tables are compared with it, seconds.
    REDIS_REFRESH("redis-refresh", null),
    /// File to which puts and uses are appended, for `arrowshelf simulate`.
    RECORD_TRACE("record-trace", null),
    /// Memory for queries besides the tables they read.
    SQL_MEMORY("sql-memory", null),
    /// Directory for what a query's memory does not hold.
    SQL_TEMPORARY_DIR("sql-temporary-dir", null),
    /// Most bytes there.
    SQL_TEMPORARY_LIMIT("sql-temporary-limit", null),
    /// Most bytes of results that are kept for the next time they are asked for.
    SQL_RESULT_CACHE("sql-result-cache", null),
    /// Most bytes of tables that are copied for queries.
    SQL_TWINS("sql-twins", null),
    /// Threads that work on queries.
    SQL_THREADS("sql-threads", null),
    /// Queries that run at a time.
    SQL_QUERIES("sql-queries", null),
    /// How long a query may run, seconds.
    SQL_TIMEOUT("sql-timeout", null);

    private final String key;
    private final Optional<String> variable;

    Setting(String key, @org.jspecify.annotations.Nullable String variable) {
        this.key = key;
        this.variable = Optional.ofNullable(variable);
    }

    /// Returns the name in the config file.
    public String key() {
        return key;
    }

    /// Returns the environment variable, where there is one.
    public Optional<String> variable() {
        return variable;
    }

    static Optional<Setting> of(String key) {
        for (Setting setting : values()) {
            if (setting.key.equals(key)) {
                return Optional.of(setting);
            }
        }
        return Optional.empty();
    }
}
