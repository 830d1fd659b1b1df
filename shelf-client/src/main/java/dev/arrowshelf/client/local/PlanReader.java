package dev.arrowshelf.client.local;

import dev.arrowshelf.store.ipc.CopyRange;
import dev.arrowshelf.store.ipc.Encoding;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.owner.PlannedCopy;
import dev.arrowshelf.store.owner.PlannedFile;
import dev.arrowshelf.store.owner.PutPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads the plans of puts that the owner of a shelf answers with, and checks them: what they name
/// is written to.
///
/// Thread rule: immutable. Errors: `PROTOCOL`, with what is wrong.
record PlanReader(Path directory) {
    private static final int ENTRY_LIMIT = 1 << 21;

    PutPlan plan(Frame.Answer answer) {
        List<PlannedFile> files = new ArrayList<>();
        for (int left = checked(answer.u32()); left > 0; left--) {
            files.add(new PlannedFile(answer.u32(), file(answer), answer.u64(), answer.u64()));
        }
        List<PlannedCopy> copies = new ArrayList<>();
        for (int left = checked(answer.u32()); left > 0; left--) {
            long source = answer.u64();
            long bytes = answer.u64();
            long target = answer.u64();
            int file = answer.u32();
            copies.add(
                    new PlannedCopy(
                            file, new CopyRange(source, bytes, target, encoding(answer.u32()))));
        }
        return new PutPlan(files, copies);
    }

    /// Reads a file name and sees to it that it lies in the shelf's `tmp/`.
    Path file(Frame.Answer answer) {
        String name = answer.text();
        Path below = directory.resolve("tmp");
        Path file = directory.resolve(name).normalize();
        if (!below.equals(file.getParent())) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL, "planned file lies outside tmp/: file=" + name);
        }
        return file;
    }

    /// Returns a number of entries, which a sound answer keeps small.
    static int checked(int entries) {
        if (entries < 0 || entries > ENTRY_LIMIT) {
            throw new ShelfException(
                    ErrorCode.PROTOCOL,
                    "plan is too long: entries=" + Integer.toUnsignedString(entries));
        }
        return entries;
    }

    private static Encoding encoding(int code) {
        return switch (code) {
            case 0 -> Encoding.COPY;
            case 1 -> Encoding.ZSTD;
            case 2 -> Encoding.LZ4;
            default ->
                    throw new ShelfException(ErrorCode.PROTOCOL, "unknown encoding: code=" + code);
        };
    }
}
