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

    /// Checks the number of settings.
    public IndexTuning {
        calibration = List.copyOf(calibration);
        if (calibration.size() > MOST_CALIBRATIONS) {
            throw new IllegalArgumentException("too many settings: count=" + calibration.size());
        }
    }

    /// Returns the least setting that reached a recall when it was measured, or the greatest one.
    public int settingFor(double recall) {
        for (Calibration each : calibration) {
            if (each.recall() >= recall) {
                return each.setting();
            }
        }
        return calibration.isEmpty() ? 1 : calibration.getLast().setting();
    }

    /// One measured setting.
    ///
    /// @param setting lists probed (IVF) or candidates kept (HNSW)
    /// @param recall share of the ten true nearest that were found
    /// @param micros time of one query of a batch on one thread, microseconds
    public record Calibration(int setting, float recall, float micros) {}
}
