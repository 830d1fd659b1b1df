package dev.arrowshelf.store.owner;

import dev.arrowshelf.memory.DirectoryFeatures;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.KernelFeatures;
import dev.arrowshelf.store.model.ShelfOptions;
import dev.arrowshelf.store.model.ShelfStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Says in words what a shelf uses of its kernel and what its operator should know.
final class StatusReport {
    private static final String ON = "on";
    private static final String BY_OPTION = "off: by option";

    private final ShelfOptions options;
    private final OwnerParts parts;

    StatusReport(ShelfOptions options, OwnerParts parts) {
        this.options = options;
        this.parts = parts;
    }

    ShelfStatus status() {
        return new ShelfStatus(
                parts.here().directory().root().toString(),
                parts.catalogue().address(),
                parts.lock().owner().pid(),
                parts.catalogue().tables(),
                parts.ledger().usage(),
                new ShelfStatus.Traffic(
                        parts.cache().evicted(),
                        parts.spills().writtenBytes(),
                        parts.cache().restoredBytes()),
                features(),
                warnings());
    }

    private Map<String, String> features() {
        DirectoryFeatures probed = parts.probed();
        KernelFeatures wanted = options.features();
        Map<String, String> features = new LinkedHashMap<>();
        features.put(
                "tmpfs", probed.tmpfs() ? ON : "off: the directory lies on another file system");
        features.put(
                "leases",
                state(
                        wanted.leases(),
                        probed.leases(),
                        "the file system does not tell who has a file mapped"));
        boolean leases = wanted.leases() && probed.leases();
        features.put(
                "recycle",
                state(wanted.recycle(), leases && probed.tmpfs(), "needs leases on a tmpfs"));
        features.put(
                "collapse",
                state(
                        wanted.collapse(),
                        probed.collapse(),
                        "the kernel makes no huge pages on request"));
        features.put(
                "populate",
                state(
                        wanted.populate(),
                        probed.populate(),
                        "the kernel has no MADV_POPULATE_WRITE"));
        features.put(
                "eviction", options.cache().eviction().mode() == EvictionMode.OFF ? BY_OPTION : ON);
        features.put("slabs", options.smallTableLimit() > 0 ? ON : BY_OPTION);
        features.put("pool", state(parts.poolCap().bytes() > 0, probed.tmpfs(), "needs a tmpfs"));
        return features;
    }

    private static String state(boolean wanted, boolean works, String reason) {
        if (!wanted) {
            return BY_OPTION;
        }
        return works ? ON : "off: " + reason;
    }

    private List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        DirectoryFeatures probed = parts.probed();
        if (!probed.tmpfs()) {
            warnings.add(
                    "shelf directory is not on a tmpfs: tables are files of that file system, and slow: directory="
                            + parts.here().directory().root());
        }
        if (!probed.leases()) {
            warnings.add(
                    "leases do not work in the shelf directory: pages of deleted tables are not used again");
        }
        warnings.addAll(parts.warnings());
        String problem = parts.cache().problem();
        if (problem != null) {
            warnings.add(problem);
        }
        return warnings;
    }
}
