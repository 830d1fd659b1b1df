package dev.arrowshelf.memory.control;

/// What a control block takes.
///
/// @param blockBytes length of its file
/// @param stampBytes length of the file of its stamps
/// @param growthBytes by how much both will grow; 0 where that is far off
public record ControlRoom(long blockBytes, long stampBytes, long growthBytes) {
    /// Nothing.
    public static final ControlRoom NONE = new ControlRoom(0, 0, 0);

    public ControlRoom {
        if (blockBytes < 0 || stampBytes < 0 || growthBytes < 0) {
            throw new IllegalArgumentException(
                    "room is negative: block=%d, stamps=%d, growth=%d"
                            .formatted(blockBytes, stampBytes, growthBytes));
        }
    }
}
