package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.config.Setting;
import dev.arrowshelf.client.config.Settings;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.KernelFeatures;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.ShelfOptions;
import java.nio.file.Path;

/// Turns settings into the options of a store, for the daemon and for a command that owns the shelf
/// itself.
public final class StoreSettings {
    private StoreSettings() {}

    /// Returns the options for a directory. Never ephemeral: that is for the daemon alone to say.
    public static ShelfOptions of(Settings settings, Path directory) {
        KernelFeatures features =
                new KernelFeatures(
                        settings.flag(Setting.LEASES).orElse(true),
                        settings.flag(Setting.RECYCLE).orElse(true),
                        settings.flag(Setting.COLLAPSE).orElse(true),
                        settings.flag(Setting.POPULATE).orElse(true));
        return new ShelfOptions(
                directory,
                settings.size(Setting.MEMORY_LIMIT),
                settings.size(Setting.WARM_POOL),
                settings.size(Setting.SMALL_TABLE_LIMIT)
                        .map(StoreSettings::smallTable)
                        .orElse(ShelfOptions.DEFAULT_SMALL_TABLE_LIMIT),
                false,
                features,
                CacheSettings.of(settings));
    }

    private static int smallTable(ByteSize size) {
        if (size.bytes() > Integer.MAX_VALUE) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "small table limit out of range: bytes=" + size.bytes());
        }
        return (int) size.bytes();
    }
}
