package dev.arrowshelf.sql.geometry;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.prep.PreparedGeometry;
import org.locationtech.jts.geom.prep.PreparedGeometryFactory;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKBReader;
import org.locationtech.jts.io.WKBWriter;

/// One column of geometries while a function runs over it. A value that stands in several rows in a
/// row, as a constant does, is read once, and prepared for many comparisons.
///
/// One thread.
final class Geometries {
    private static final int PLANE = 2;
    private static final int SPACE = 3;
    private static final int WORTH_PREPARING = 2;

    private final WKBReader reader = new WKBReader();
    private byte[] last = {};
    private @Nullable Geometry read;
    private @Nullable PreparedGeometry prepared;
    private int times;

    /// Reads well-known binary. Error: `INVALID_SQL`.
    Geometry read(byte[] binary) {
        Geometry known = read;
        if (known != null && Arrays.equals(binary, last)) {
            times++;
            return known;
        }
        try {
            Geometry geometry = reader.read(binary);
            last = binary;
            read = geometry;
            prepared = null;
            times = 1;
            return geometry;
        } catch (ParseException | RuntimeException damaged) {
            throw new ShelfException(
                    ErrorCode.INVALID_SQL,
                    "not well-known binary of a geometry: bytes=%d, cause=%s"
                            .formatted(binary.length, damaged.getMessage()),
                    damaged);
        }
    }

    /// Returns the last geometry made ready for many comparisons; null when there were few so far.
    @Nullable PreparedGeometry prepared() {
        Geometry known = read;
        if (known == null || times < WORTH_PREPARING) {
            return null;
        }
        PreparedGeometry ready = prepared;
        if (ready == null) {
            ready = PreparedGeometryFactory.prepare(known);
            prepared = ready;
        }
        return ready;
    }

    /// Returns well-known binary, little-endian, with heights where there are some.
    static byte[] write(Geometry geometry) {
        boolean high = !geometry.isEmpty() && !Double.isNaN(geometry.getCoordinate().getZ());
        return new WKBWriter(
                        high ? SPACE : PLANE, org.locationtech.jts.io.ByteOrderValues.LITTLE_ENDIAN)
                .write(geometry);
    }
}
