package dev.arrowshelf.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// One line of a benchmark's output: a JSON object that `python/bench/run.py` turns into a row of
/// docs/benchmarks.md.
///
/// @param what what was measured
/// @param unit unit of all figures ("us", "ms", "x", "/s")
/// @param ours our figure
/// @param goal the goal in words; "-" for none
/// @param met whether the goal is met
/// @param peers the peers' figures by name, measured in the same run
/// @param equal whether all sides gave the same result
record BenchmarkRow(
        String what,
        String unit,
        double ours,
        String goal,
        boolean met,
        Map<String, Double> peers,
        boolean equal) {
    static BenchmarkRow atMost(String what, String unit, double ours, double goal, boolean equal) {
        return new BenchmarkRow(
                what,
                unit,
                ours,
                "<= %s %s".formatted(shown(goal), unit),
                ours <= goal,
                Map.of(),
                equal);
    }

    BenchmarkRow against(String peer, double figure) {
        return new BenchmarkRow(what, unit, ours, goal, met, Map.of(peer, figure), equal);
    }

    void print() {
        String figures =
                peers.entrySet().stream()
                        .map(peer -> "\"%s\": %s".formatted(peer.getKey(), number(peer.getValue())))
                        .collect(Collectors.joining(", "));
        System.out.printf(
                "{\"what\": \"%s\", \"unit\": \"%s\", \"ours\": %s, \"goal\": \"%s\", \"met\": %b, \"peers\": {%s}, \"equal\": %b}%n",
                what, unit, number(ours), goal, met, figures, equal);
    }

    /// Returns the middle value; sorts the array.
    static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private static String shown(double value) {
        return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
    }
}
