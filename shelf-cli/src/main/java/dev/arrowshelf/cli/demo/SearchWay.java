package dev.arrowshelf.cli.demo;

/// The ways from copies and a look at every point to one index for all processes.
enum SearchWay {
    /// Each worker gets a copy of the points and looks at each.
    COPY("copies + brute force"),
    /// Each worker looks at each point where it lies on the shelf.
    LOOK("shelf + brute force"),
    /// Each worker searches the shelf exactly, without an index.
    EXACT("shelf + exact search"),
    /// Each worker searches the one index that lies beside the table.
    INDEX("shelf + one index");

    private final String label;

    SearchWay(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
