package dev.arrowshelf.vector.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class KernelTest {
    private static final int PANEL = Kernel.PANEL_POINTS;
    private static final int LEAF = Kernel.LEAF_POINTS;

    private final Kernel scalar = Kernels.scalar();
    private final Kernel chosen = Kernels.chosen();
    private final Random random = new Random(11);

    @Test
    void usesVectorRegistersWhereTheModuleIsThere() {
        boolean wanted = Kernels.wantedBits() != 0;

        assertThat(chosen.bits() > 0).isEqualTo(wanted);
    }

    @Test
    void decodesEveryCode() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment codes = arena.allocate(PANEL * Short.BYTES);
            MemorySegment values = arena.allocate((PANEL + 1) * Float.BYTES);
            for (Kernel kernel : new Kernel[] {scalar, chosen}) {
                for (int first = 0; first < 1 << Short.SIZE; first += PANEL) {
                    for (int point = 0; point < PANEL; point++) {
                        codes.set(
                                ValueLayout.JAVA_SHORT,
                                (long) point * Short.BYTES,
                                (short) (first + point));
                    }
                    kernel.decodeHalves(codes, 0, 3, 2, values, Float.BYTES);
                    for (int point = 0; point < PANEL; point++) {
                        float half = Float.float16ToFloat((short) (first + point));
                        if (Float.isFinite(half)) {
                            assertThat(values.getAtIndex(ValueLayout.JAVA_FLOAT, 1L + point))
                                    .isEqualTo(half * 2 + 3);
                        }
                    }
                }
                for (int first = -128; first < 128; first += PANEL) {
                    for (int point = 0; point < PANEL; point++) {
                        codes.set(ValueLayout.JAVA_BYTE, point, (byte) (first + point));
                    }
                    kernel.decodeBytes(codes, 0, 3, 0.5f, values, Float.BYTES);
                    for (int point = 0; point < PANEL; point++) {
                        assertThat(values.getAtIndex(ValueLayout.JAVA_FLOAT, 1L + point))
                                .isEqualTo((first + point) * 0.5f + 3);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 16, 31, 33, 128, 500})
    void tilesSumAsTheScalarTwinDoes(int dimensions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment panel = random(arena, PANEL * dimensions);
            float[] query = random(dimensions);
            for (Kernel kernel : new Kernel[] {scalar, chosen}) {
                int tile = kernel.tileQueries();
                float[] packed = new float[tile * dimensions];
                for (int e = 0; e < dimensions; e++) {
                    for (int i = 0; i < tile; i++) {
                        packed[e * tile + i] = query[e] + i;
                    }
                }
                float[] differences = new float[tile * PANEL];
                float[] products = new float[tile * PANEL];
                kernel.differences(panel, 0, packed, 0, dimensions, differences);
                kernel.products(panel, 0, packed, 0, dimensions, products);
                for (int i = 0; i < tile; i++) {
                    for (int point = 0; point < PANEL; point++) {
                        assertThat((double) differences[i * PANEL + point])
                                .isCloseTo(
                                        difference(panel, PANEL, point, query, i),
                                        within(1e-4 * dimensions));
                        assertThat((double) products[i * PANEL + point])
                                .isCloseTo(
                                        product(panel, point, query, i), within(1e-4 * dimensions));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 129})
    void singleQueriesSumAsTheScalarTwinDoes(int dimensions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment panel = random(arena, PANEL * dimensions);
            float[] query = random(dimensions + 2);
            float[] expected = new float[PANEL];
            float[] actual = new float[PANEL];
            scalar.differencesOfOne(panel, 0, query, 2, dimensions, expected);
            chosen.differencesOfOne(panel, 0, query, 2, dimensions, actual);
            assertThat(actual).containsExactly(expected, within(1e-4f * dimensions));
            scalar.productsOfOne(panel, 0, query, 2, dimensions, expected);
            chosen.productsOfOne(panel, 0, query, 2, dimensions, actual);
            assertThat(actual).containsExactly(expected, within(1e-4f * dimensions));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void leavesAreMeasuredAsTheScalarTwinDoes(int dimensions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment leaves = random(arena, 2 * LEAF * dimensions);
            long second = (long) LEAF * dimensions * Float.BYTES;
            float[] query = random(dimensions);
            float[] expected = new float[LEAF * (1 + dimensions)];
            float[] actual = new float[LEAF * (1 + dimensions)];
            float threshold = 0.3f * dimensions;
            long bits = scalar.leaf(leaves, second, query, dimensions, threshold, expected);
            assertThat(chosen.leaf(leaves, second, query, dimensions, threshold, actual))
                    .isEqualTo(bits);
            assertThat(sums(actual)).containsExactly(sums(expected), within(1e-5f));
            if (dimensions == 3) {
                float[] three = new float[LEAF * (1 + dimensions)];
                long found =
                        chosen.leafOfThree(
                                leaves, second, query[0], query[1], query[2], threshold, three);
                assertThat(found).isEqualTo(bits);
                assertThat(sums(three)).containsExactly(sums(expected), within(1e-5f));
            }
        }
    }

    private static float[] sums(float[] distances) {
        return Arrays.copyOf(distances, LEAF);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 1000})
    void rowsAreSummedAsTheScalarTwinDoesAtOddLengths(int dimensions) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = random(arena, 3 * dimensions + 1);
            float[] query = random(dimensions + 3);
            long offset = (long) (dimensions + 1) * Float.BYTES;
            assertThat(chosen.rowDifference(rows, offset, query, 3, dimensions))
                    .isCloseTo(
                            scalar.rowDifference(rows, offset, query, 3, dimensions),
                            within(1e-4f * dimensions));
            assertThat(chosen.rowProduct(rows, offset, query, 3, dimensions))
                    .isCloseTo(
                            scalar.rowProduct(rows, offset, query, 3, dimensions),
                            within(1e-4f * dimensions));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 48, 64, 112, 1008})
    void fourRowsAreSummedAsOneIs(int width) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rows = random(arena, 7 * width);
            float[] query = random(width);
            long rowBytes = (long) width * Float.BYTES;
            int[] numbers = {0, 6, 0, 3, 5, 5};
            for (Kernel kernel : new Kernel[] {scalar, chosen}) {
                float[] sums = new float[6];
                kernel.fourRows(rows, rowBytes, numbers, 2, query, sums);
                for (int i = 2; i < 6; i++) {
                    assertThat(sums[i])
                            .isCloseTo(
                                    scalar.rowDifference(
                                            rows, numbers[i] * rowBytes, query, 0, width),
                                    within(1e-4f * width));
                }
                assertThat(sums[0]).isZero();
            }
        }
    }

    @Test
    void belowMarksEachPlace() {
        float[] distances = random(3 * PANEL);
        distances[PANEL + 5] = Float.NaN;
        distances[PANEL + 6] = Float.POSITIVE_INFINITY;

        assertThat(chosen.below(distances, PANEL, 0.5f))
                .isEqualTo(scalar.below(distances, PANEL, 0.5f));
        assertThat(chosen.below(distances, PANEL, Float.POSITIVE_INFINITY) >>> 5 & 3).isZero();
    }

    private MemorySegment random(Arena arena, int count) {
        MemorySegment segment = arena.allocate((long) count * Float.BYTES, 64);
        for (int i = 0; i < count; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat());
        }
        return segment;
    }

    private float[] random(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat();
        }
        return values;
    }

    private static double difference(
            MemorySegment panel, int width, int point, float[] query, int plus) {
        double sum = 0;
        for (int e = 0; e < query.length; e++) {
            double value = panel.getAtIndex(ValueLayout.JAVA_FLOAT, (long) e * width + point);
            double difference = value - (query[e] + plus);
            sum += difference * difference;
        }
        return sum;
    }

    private static double product(MemorySegment panel, int point, float[] query, int plus) {
        double sum = 0;
        for (int e = 0; e < query.length; e++) {
            sum +=
                    (double) panel.getAtIndex(ValueLayout.JAVA_FLOAT, (long) e * PANEL + point)
                            * (query[e] + plus);
        }
        return sum;
    }
}
