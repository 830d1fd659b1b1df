package dev.arrowshelf.store.tier;

/// What came of asking the tier for a table.
///
/// @param outcome what happened
/// @param published generation in the tier of the table that is on the shelf now; 0 when it is not
///   the tier's
public record TierAnswer(Outcome outcome, long published) {
    /// What happened.
    public enum Outcome {
        /// Neither the shelf nor the tier has the table.
        MISSING(0),
        /// It was on the shelf.
        HERE(1),
        /// It was fetched.
        FETCHED(2);

        private final int code;

        Outcome(int code) {
            this.code = code;
        }

        /// Returns the outcome of a number on the wire.
        public static Outcome of(int code) {
            return switch (code) {
                case 1 -> HERE;
                case 2 -> FETCHED;
                default -> MISSING;
            };
        }

        /// Returns the number on the wire.
        public int code() {
            return code;
        }
    }

    static final TierAnswer MISSING = new TierAnswer(Outcome.MISSING, 0);
}
