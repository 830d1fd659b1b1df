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
    WARM_UP("warm-up", null);

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
