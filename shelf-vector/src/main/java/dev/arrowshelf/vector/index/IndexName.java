package dev.arrowshelf.vector.index;

import dev.arrowshelf.store.catalog.TableKey;
import dev.arrowshelf.vector.segment.IndexIdentity;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/// The names of stored indexes: `U+0001 "shelf/index/" generation "/" kind "/" metric "/" columns`,
/// the generation of the table in 16 hexadecimal digits, the columns as the CRC-32C of their names
/// joined by U+0000, in 8. So an index of another generation is never found.
public final class IndexName {
    private static final String PREFIX = TableKey.INTERNAL_PREFIX + "index/";
    private static final int GENERATION_DIGITS = 16;

    private IndexName() {}

    public static String of(IndexIdentity identity) {
        CRC32C columns = new CRC32C();
        columns.update(String.join("\u0000", identity.columns()).getBytes(StandardCharsets.UTF_8));
        return PREFIX
                + HexFormat.of().toHexDigits(identity.generation())
                + "/"
                + identity.kind().text()
                + "/"
                + identity.metric().text()
                + "/"
                + HexFormat.of().toHexDigits((int) columns.getValue());
    }

    static boolean isOne(String name) {
        return name.startsWith(PREFIX) && name.length() > PREFIX.length() + GENERATION_DIGITS;
    }
}
