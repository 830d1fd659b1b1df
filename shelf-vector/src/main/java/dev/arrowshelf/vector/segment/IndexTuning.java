package dev.arrowshelf.vector.segment;

import dev.arrowshelf.vector.model.Storage;
import java.util.List;

/// The settings of an approximate index, and what they were measured to give.
///
/// @param lists number of lists (IVF) or links of a point (HNSW); 0 for exact indexes
/// @param effort what was used to build: rounds of training, or candidates for links
/// @param storage how coordinates are kept
/// @param calibration measured settings, in ascending order of effort
public record IndexTuning(int lists, int effort, Storage storage, List<Calibration> calibration) {
    /// The tuning of an exact index.
    public static final IndexTuning NONE = new IndexTuning(0, 0, Storage.FLOAT32, List.of());

    /// Most measured settings that a header holds.
    public static final int MOST_CALIBRATIONS = 64;

    private static final double LEAST_MISSED = 1e-6;

    /// Checks the number of settings.
    public IndexTuning {
        calibration = List.copyOf(calibration);
        if (calibration.size() > MOST_CALIBRATIONS) {
            throw new IllegalArgumentException("too many settings: count=" + calibration.size());
        }
    }

    /// Returns the setting that gives a recall, as far as was measured: between the last one that
    /// did not reach it and the first one that did, what is missed falls as a power of the setting.
    /// The greatest one where none reached it.
    public int settingFor(double recall) {
        Calibration before = null;
        for (Calibration each : calibration) {
            if (each.recall() >= recall) {
                return before == null ? each.setting() : between(before, each, recall);
            }
            before = each;
        }
        return calibration.isEmpty() ? 1 : calibration.getLast().setting();
    }

    private static int between(Calibration below, Calibration above, double recall) {
        double missedBelow = Math.log(1 - below.recall());
        double missedAbove = Math.log(Math.max(LEAST_MISSED, 1 - above.recall()));
        double missed = Math.log(Math.max(LEAST_MISSED, 1 - recall));
        double share = Math.clamp((missedBelow - missed) / (missedBelow - missedAbove), 0, 1);
        double ratio = (double) above.setting() / below.setting();
        int setting = (int) Math.ceil(below.setting() * Math.pow(ratio, share));
        return Math.clamp(setting, below.setting() + 1, above.setting());
    }

    /// One measured setting.
    ///
    /// @param setting lists probed (IVF) or candidates kept (HNSW)
    /// @param recall share of the ten true nearest that were found
    /// @param micros time of one query of a batch on one thread, microseconds
    public record Calibration(int setting, float recall, float micros) {}
}
