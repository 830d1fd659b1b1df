package dev.arrowshelf.vector.flat;

import dev.arrowshelf.vector.kernel.Kernel;

/// Lays out points and queries as the kernels read them.
public final class Panels {
    private Panels() {}

    /// Writes points, coordinate by coordinate, into a panel; places without a point are padded.
    ///
    /// @param values vector after vector, the first of the panel at number `first`
    /// @param points how many there are, at most a panel's
    public static void transpose(
            float[] values, int first, int points, int dimensions, float[] panel) {
        int width = Kernel.PANEL_POINTS;
        for (int point = 0; point < points; point++) {
            int source = (first + point) * dimensions;
            for (int e = 0; e < dimensions; e++) {
                panel[e * width + point] = values[source + e];
            }
        }
        for (int point = points; point < width; point++) {
            for (int e = 0; e < dimensions; e++) {
                panel[e * width + point] = Kernel.PADDING;
            }
        }
    }

    /// Packs chosen queries in groups of `tile`, as [#pack] does.
    ///
    /// @param chosen numbers of queries relative to `from`
    public static float[] packChosen(
            float[] queries, int from, int[] chosen, int dimensions, int tile, float[] reused) {
        int groups = (chosen.length + tile - 1) / tile;
        int size = groups * tile * dimensions;
        float[] packed = reused.length >= size ? reused : new float[size];
        for (int group = 0; group < groups; group++) {
            int at = group * tile * dimensions;
            for (int query = 0; query < tile; query++) {
                int number = Math.min(group * tile + query, chosen.length - 1);
                int source = (from + chosen[number]) * dimensions;
                for (int e = 0; e < dimensions; e++) {
                    packed[at + e * tile + query] = queries[source + e];
                }
            }
        }
        return packed;
    }

    /// Packs queries in groups of `tile`, coordinate by coordinate, and returns the array, the
    /// given one where it is large enough. The last group is filled up with its last query.
    public static float[] pack(
            float[] queries, int from, int count, int dimensions, int tile, float[] reused) {
        int groups = (count + tile - 1) / tile;
        int size = groups * tile * dimensions;
        float[] packed = reused.length >= size ? reused : new float[size];
        for (int group = 0; group < groups; group++) {
            int at = group * tile * dimensions;
            for (int query = 0; query < tile; query++) {
                int source = (from + Math.min(group * tile + query, count - 1)) * dimensions;
                for (int e = 0; e < dimensions; e++) {
                    packed[at + e * tile + query] = queries[source + e];
                }
            }
        }
        return packed;
    }
}
