package dev.arrowshelf.vector.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GraphScratchTest {
    private static final int POINTS = 1000;

    private final Random random = new Random(17);

    @ParameterizedTest
    @ValueSource(ints = {0, POINTS})
    void eachPointIsNewOnce(int mostBits) {
        PointSet met = new PointSet(POINTS, 3, mostBits);
        for (int search = 0; search < 3; search++) {
            met.begin();
            Set<Integer> truth = new HashSet<>();
            for (int i = 0; i < 2 * POINTS; i++) {
                int point = random.nextInt(POINTS);
                assertThat(met.add(point)).isEqualTo(truth.add(point) ? 1 : 0);
            }
            assertThat(met.add(POINTS - 1)).isEqualTo(truth.add(POINTS - 1) ? 1 : 0);
            assertThat(met.add(0)).isEqualTo(truth.add(0) ? 1 : 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 100})
    void thePoolKeepsTheNearestInOrder(int most) {
        Pool pool = new Pool();
        for (int search = 0; search < 20; search++) {
            pool.begin(most);
            List<Float> truth = new ArrayList<>();
            int offered = random.nextInt(3 * most);
            for (int point = 0; point < offered; point++) {
                float sum = random.nextInt(50) / 8f;
                pool.offer(sum, point);
                truth.add(sum);
            }
            truth.sort(null);
            assertThat(pool.size()).isEqualTo(Math.min(most, offered));
            for (int place = 0; place < pool.size(); place++) {
                assertThat(pool.sum(place)).isEqualTo(truth.get(place));
            }
        }
    }

    @Test
    void thePoolGivesTheNearestThatWasNotTaken() {
        Pool pool = new Pool();
        pool.begin(4);
        pool.offer(3, 30);
        pool.offer(2, 20);
        assertThat(pool.take()).isEqualTo(20);
        pool.offer(1, 10);
        assertThat(List.of(pool.take(), pool.take(), pool.take())).containsExactly(10, 30, -1);
    }
}
