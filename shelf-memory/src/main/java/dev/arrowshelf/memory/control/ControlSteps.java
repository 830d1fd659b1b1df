package dev.arrowshelf.memory.control;

/// Told about each step of a change that a crash could separate from the next: where tests end the
/// process.
@FunctionalInterface
interface ControlSteps {
    ControlSteps NONE = _ -> {};

    /// The moments between two stores or file operations.
    enum Step {
        SLOT_ODD,
        SLOT_FILLED,
        SLOT_STABLE,
        BLOCK_WRITTEN,
        OLD_SUPERSEDED,
        RENAMED
    }

    void reached(Step step);
}
