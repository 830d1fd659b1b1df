package dev.arrowshelf.store.space;

import dev.arrowshelf.memory.FileHandle;
import dev.arrowshelf.memory.pool.Blank;
import java.nio.file.Path;

/// A file in `tmp/` that a put writes, with what it is charged. Made and ended by [Space]; used by
/// one thread at a time.
public final class DraftFile {
    private final Blank blank;
    private long warmBytes;
    private long chargedBytes;

    DraftFile(Blank blank, long chargedBytes) {
        this.blank = blank;
        this.warmBytes = blank.warmBytes();
        this.chargedBytes = chargedBytes;
    }

    Blank blank() {
        return blank;
    }

    /// Returns the open file; closed when the file is sealed.
    public FileHandle handle() {
        return blank.file();
    }

    /// Returns where the file lies, below `tmp/`.
    public Path path() {
        return blank.path();
    }

    /// Returns the length of the file.
    public long bytes() {
        return blank.bytes();
    }

    /// Returns how many bytes from the file's beginning have pages.
    public long warmBytes() {
        return Math.min(warmBytes, blank.bytes());
    }

    /// Returns how many bytes from the file's beginning hold what was there before its writer came;
    /// the rest was zero.
    public long usedBytes() {
        return blank.usedBytes();
    }

    void allPagesPresent() {
        warmBytes = blank.bytes();
    }

    /// Returns what the file is charged.
    public long chargedBytes() {
        return chargedBytes;
    }

    /// Closes the descriptor and leaves the file.
    public void closeHandle() {
        blank.close();
    }

    void charge(long bytes) {
        chargedBytes = bytes;
    }
}
