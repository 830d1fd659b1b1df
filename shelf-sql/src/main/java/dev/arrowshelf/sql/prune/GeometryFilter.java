package dev.arrowshelf.sql.prune;

import java.util.Locale;
import java.util.Set;

/// Which functions about two geometries can only be true where the boxes of both meet.
final class GeometryFilter {
    private static final String NATIVE = "arrowshelf_st_";
    private static final String NEAR = NATIVE + "dwithin3";
    private static final Set<String> MEETING =
            Set.of(
                    NATIVE + "contains2",
                    NATIVE + "containsproperly2",
                    NATIVE + "within2",
                    NATIVE + "intersects2",
                    NATIVE + "covers2",
                    NATIVE + "coveredby2",
                    NATIVE + "touches2",
                    NATIVE + "crosses2",
                    NATIVE + "overlaps2",
                    NATIVE + "equals2",
                    "st_intersects_extent",
                    "&&");

    private GeometryFilter() {}

    /// Returns whether the first two arguments must meet.
    static boolean isMeeting(String function) {
        return MEETING.contains(function.toLowerCase(Locale.ROOT));
    }

    /// Returns whether the first two arguments must lie within a distance, the third.
    static boolean isNear(String function) {
        return function.equals(NEAR);
    }

    /// Returns whether this is the same geometry as its argument, in another form.
    static boolean isForm(String function) {
        String name = function.toLowerCase(Locale.ROOT);
        return name.equals("st_asbinary") || name.equals("st_aswkb");
    }
}
