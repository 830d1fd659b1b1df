package dev.arrowshelf.store.model;

/// What counts how much where tables leave memory by a weighted sum.
///
/// @param recency of the time since the last use
/// @param frequency of the number of uses
/// @param size of the bytes
/// @param age of the time since the put
public record PolicyWeights(double recency, double frequency, double size, double age) {
    /// One each, a half for age.
    public static final PolicyWeights DEFAULT = new PolicyWeights(1, 1, 1, 0.5);

    /// Checks the numbers.
    public PolicyWeights {
        if (!(recency >= 0 && frequency >= 0 && size >= 0 && age >= 0)) {
            throw new ShelfException(
                    ErrorCode.INVALID_ARGUMENT,
                    "weight is negative: recency=%s, frequency=%s, size=%s, age=%s"
                            .formatted(recency, frequency, size, age));
        }
    }
}
