package dev.arrowshelf.cli.line;

import dev.arrowshelf.client.config.Setting;
import dev.arrowshelf.client.config.Settings;
import dev.arrowshelf.memory.ByteSize;
import dev.arrowshelf.store.model.CacheOptions;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.EvictionMode;
import dev.arrowshelf.store.model.EvictionOptions;
import dev.arrowshelf.store.model.PolicyKind;
import dev.arrowshelf.store.model.PolicyWeights;
import dev.arrowshelf.store.model.Retention;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.SpillCodec;
import dev.arrowshelf.store.model.SpillOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Turns settings into what makes a shelf a cache.
final class CacheSettings {
    private static final double MILLIS = 1_000;

    private CacheSettings() {}

    static CacheOptions of(Settings settings) {
        return new CacheOptions(
                new Retention(
                        seconds(settings, Setting.TTL), seconds(settings, Setting.MAX_IDLE), ""),
                eviction(settings),
                spill(settings),
                seconds(settings, Setting.PUT_WAIT).orElse(CacheOptions.DEFAULT.putWait()),
                settings.text(Setting.RECORD_TRACE).map(Path::of));
    }

    private static EvictionOptions eviction(Settings settings) {
        EvictionOptions usual = EvictionOptions.DEFAULT;
        double high = part(settings, Setting.HIGH_WATER).orElse(usual.highWater());
        double low =
                part(settings, Setting.LOW_WATER)
                        .orElse(Math.min(usual.lowWater(), high * usual.lowWater()));
        return new EvictionOptions(
                settings.text(Setting.EVICT)
                        .map(text -> named(Setting.EVICT, text, EvictionMode.class))
                        .orElse(usual.mode()),
                settings.text(Setting.EVICTION_POLICY).map(PolicyKind::of).orElse(usual.policy()),
                settings.text(Setting.EVICTION_WEIGHTS)
                        .map(CacheSettings::weights)
                        .orElse(usual.weights()),
                high,
                low,
                settings.size(Setting.HOST_RESERVE).orElse(new ByteSize(0)));
    }

    private static SpillOptions spill(Settings settings) {
        List<Path> directories =
                settings.text(Setting.SPILL_DIR).stream()
                        .flatMap(text -> Arrays.stream(text.split(":", -1)))
                        .filter(text -> !text.isBlank())
                        .map(Path::of)
                        .toList();
        return new SpillOptions(
                directories,
                settings.text(Setting.SPILL_COMPRESSION)
                        .map(text -> named(Setting.SPILL_COMPRESSION, text, SpillCodec.class))
                        .orElse(SpillOptions.DEFAULT.codec()),
                settings.number(Setting.SPILL_LEVEL).orElse(SpillOptions.DEFAULT.level()));
    }

    private static PolicyWeights weights(String text) {
        List<Double> numbers =
                Arrays.stream(text.split(",", -1))
                        .map(number -> number(Setting.EVICTION_WEIGHTS, number.strip()))
                        .toList();
        if (numbers.size() != 4) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "weights are recency, frequency, size and age: text=" + text);
        }
        return new PolicyWeights(numbers.get(0), numbers.get(1), numbers.get(2), numbers.get(3));
    }

    private static <E extends Enum<E>> E named(Setting setting, String text, Class<E> names) {
        try {
            return Enum.valueOf(names, text.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "bad value: setting=%s, value=%s, known=%s"
                            .formatted(
                                    setting.key(),
                                    text,
                                    Arrays.toString(names.getEnumConstants())
                                            .toLowerCase(Locale.ROOT)),
                    unknown);
        }
    }

    private static Optional<Duration> seconds(Settings settings, Setting setting) {
        return settings.text(setting)
                .map(text -> Duration.ofMillis(Math.round(number(setting, text) * MILLIS)));
    }

    private static Optional<Double> part(Settings settings, Setting setting) {
        return settings.text(setting).map(text -> number(setting, text));
    }

    private static double number(Setting setting, String text) {
        try {
            double number = Double.parseDouble(text);
            if (number >= 0 && number < 1e15) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Said below.
        }
        throw new ShelfException(
                ErrorCode.INVALID_ARGUMENT,
                "bad value: setting=" + setting.key() + ", value=" + text);
    }
}
