package dev.arrowshelf.vector.segment;

/// The parts that an index may have, and their numbers in the file.
public enum IndexSection {
    /// Name of the table and of the columns.
    NAMES(1),
    /// The projection's centre, doubles.
    CENTRE(2),
    /// Inner nodes of a k-d tree.
    NODES(3),
    /// Leaves of a k-d tree, or panels of lists.
    POINTS(4),
    /// Row number of each place.
    ROWS(5),
    /// Centres of lists, vector after vector.
    CENTROIDS(6),
    /// First panel of each list.
    LISTS(7),
    /// Links of a graph.
    LINKS(8),
    /// Levels of a graph above the lowest.
    LEVELS(9),
    /// Steps of rounded coordinates, for each list one of each dimension.
    SCALES(10);

    private final int code;

    IndexSection(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
