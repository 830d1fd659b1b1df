package dev.arrowshelf.vector.segment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.vector.model.Storage;
import dev.arrowshelf.vector.segment.IndexTuning.Calibration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IndexTuningTest {
    private static final IndexTuning TUNING =
            tuning(
                    new Calibration(10, 0.80f, 1),
                    new Calibration(20, 0.90f, 2),
                    new Calibration(28, 0.90f, 3),
                    new Calibration(40, 0.99f, 4),
                    new Calibration(41, 1.00f, 5));

    @ParameterizedTest
    @CsvSource({
        "0.5, 10",
        "0.80, 10",
        "0.85, 14",
        "0.8999, 20",
        "0.95, 32",
        "0.989, 40",
        "0.99, 40",
        "0.995, 41",
        "1, 41"
    })
    void aSettingBetweenMeasuredOnesIsTakenForARecallBetweenTheirs(double recall, int setting) {
        assertThat(TUNING.settingFor(recall)).isEqualTo(setting);
    }

    @Test
    void settingsGrowWithTheRecallAndStayWithinWhatWasMeasured() {
        int last = 0;
        for (double recall = 0; recall <= 1; recall += 0.001) {
            int setting = TUNING.settingFor(recall);
            assertThat(setting).isBetween(Math.max(last, 10), 41);
            last = setting;
        }
    }

    @Test
    void theGreatestSettingIsTakenWhereNoneReachesARecall() {
        assertThat(tuning(new Calibration(7, 0.6f, 1)).settingFor(0.95)).isEqualTo(7);
        assertThat(tuning().settingFor(0.95)).isEqualTo(1);
    }

    private static IndexTuning tuning(Calibration... measured) {
        return new IndexTuning(1, 1, Storage.FLOAT32, List.of(measured));
    }
}
