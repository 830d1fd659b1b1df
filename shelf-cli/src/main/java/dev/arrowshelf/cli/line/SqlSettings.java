package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.config.Setting;
import dev.arrowshelf.client.config.Settings;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.sql.model.SqlMemory;
import dev.arrowshelf.sql.model.SqlOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// Turns settings into how a daemon's queries run.
public final class SqlSettings {
    private SqlSettings() {}

    /// Returns the options; what is not set is as [SqlOptions#defaults()] has it.
    public static SqlOptions of(Settings settings) {
        SqlOptions usual = SqlOptions.defaults();
        Optional<Path> directory = settings.text(Setting.SQL_TEMPORARY_DIR).map(Path::of);
        SqlMemory memory = usual.memory();
        ByteSize most = settings.size(Setting.SQL_TEMPORARY_LIMIT).orElse(memory.temporaryLimit());
        Optional<Duration> timeout =
                settings.text(Setting.SQL_TIMEOUT)
                        .flatMap(text -> Seconds.parse(Setting.SQL_TIMEOUT.key(), text));
        return new SqlOptions(
                new SqlMemory(
                        settings.size(Setting.SQL_MEMORY).orElse(memory.limit()),
                        directory,
                        most,
                        settings.size(Setting.SQL_RESULT_CACHE).orElse(memory.resultCache()),
                        settings.size(Setting.SQL_TWINS).orElse(memory.twins())),
                settings.number(Setting.SQL_THREADS).orElse(usual.threads()),
                settings.number(Setting.SQL_QUERIES).orElse(usual.queries()),
                usual.queueTime(),
                timeout.orElse(usual.timeout()));
    }
}
