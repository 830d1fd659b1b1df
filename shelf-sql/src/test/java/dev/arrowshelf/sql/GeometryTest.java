package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GeometryTest {
    @RegisterExtension private final TemporaryShelf temporary = new TemporaryShelf();

    private Engine engine;

    @BeforeEach
    void open() {
        engine = Engine.over(temporary.shelf());
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ST_Area(ST_GeomFromText('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))')) | 12.0",
                "ST_Perimeter(ST_GeomFromText('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))')) | 14.0",
                "ST_Length(ST_GeomFromText('LINESTRING(0 0, 3 4)')) | 5.0",
                "ST_X(ST_Point(1.5, 2)) | 1.5",
                "ST_Y(ST_Point(1.5, 2)) | 2.0",
                "ST_Distance(ST_Point(0, 0), ST_Point(3, 4)) | 5.0",
                "ST_DWithin(ST_Point(0, 0), ST_Point(3, 4), 5) | true",
                "ST_Contains(ST_GeomFromText('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))'), ST_Point(1, 1)) | true",
                "ST_Contains(ST_GeomFromText('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))'), ST_Point(4, 1)) | false",
                "ST_Covers(ST_GeomFromText('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))'), ST_Point(4, 1)) | true",
                "ST_Within(ST_Point(1, 1), ST_GeomFromText('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))')) | true",
                "ST_Intersects(ST_Point(9, 9), ST_Buffer(ST_Point(8.5, 9), 1)) | true",
                "ST_AsText(ST_Centroid(ST_GeomFromText('LINESTRING(0 0, 2 2)'))) | POINT (1 1)",
                "ST_AsText(ST_Envelope(ST_GeomFromText('LINESTRING(0 0, 2 1)'))) | 'POLYGON ((0 0, 0 1, 2 1, 2 0, 0 0))'",
                "ST_AsText(ST_Union(ST_Point(0, 0), ST_Point(0, 0))) | POINT (0 0)",
                "ST_AsText(ST_FlipCoordinates(ST_Point(1, 2))) | POINT (2 1)",
                "ST_NPoints(ST_GeomFromText('LINESTRING(0 0, 1 1, 2 2)')) | 3",
                "ST_GeometryType(ST_Point(1, 2)) | POINT",
                "ST_IsEmpty(ST_GeomFromText('POINT EMPTY')) | true",
                "ST_XMax(ST_GeomFromText('LINESTRING(0 0, 7 1)')) | 7.0",
                "round(ST_Distance_Sphere(ST_Point(13.4, 52.5), ST_Point(2.35, 48.85)) / 1000) | 877.0",
                "ST_Area(NULL::GEOMETRY) is null | true",
                "ST_Contains('POLYGON((0 0, 4 0, 4 3, 0 3, 0 0))'::GEOMETRY, 'POINT(1 1)'::GEOMETRY) | true"
            })
    void aFunctionGivesWhatTheExtensionGives(String expression, String wanted) {
        assertThat(engine.value("select " + expression)).isEqualTo(wanted);
    }

    @Test
    void aColumnOfGeometriesIsReadAndComparedRowByRow() {
        putPoints("places", 10_000);
        String box =
                "ST_GeomFromText('POLYGON((-0.5 -0.5, 9.5 -0.5, 9.5 9.5, -0.5 9.5, -0.5 -0.5))')";
        assertThat(
                        engine.value(
                                "select count(*) from places where ST_Contains(%s, geometry)"
                                        .formatted(box)))
                .isEqualTo("100");
        assertThat(
                        engine.value(
                                "select count(*) from places where ST_Within(geometry, %s)"
                                        .formatted(box)))
                .isEqualTo("100");
        assertThat(engine.value("select typeof(geometry) from places limit 1"))
                .contains("GEOMETRY");
        assertThat(
                        engine.rows(
                                "select id, ST_AsText(geometry) from places order by ST_Distance(geometry, ST_Point(3.1, 7.2)) limit 1"))
                .containsExactly(List.of("703", "POINT (3 7)"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ST_Intersects(geometry, %s)",
                "ST_Intersects(%s, geometry)",
                "ST_Within(geometry, %s)",
                "ST_Contains(%s, geometry)",
                "ST_CoveredBy(geometry, %s)",
                "ST_DWithin(geometry, %s, 1.5)",
                "ST_Equals(geometry, ST_Point(7, 2222))",
                "ST_Within(geometry, %s) and id %% 2 = 0",
                "ST_Within(geometry, %s) or ST_Equals(geometry, ST_Point(7, 4000))"
            })
    void rowGroupsFarFromAConstantAreNotRead(String shape) {
        putPoints("places", 500_000);
        String box = "ST_MakeEnvelope(3, 2000, 12, 2010)";
        String condition = shape.formatted(box);
        String all = engine.value("select count(*) filter (%s) from places".formatted(condition));
        long before = engine.sql().use().groupsSkipped();
        assertThat(engine.value("select count(*) from places where " + condition)).isEqualTo(all);
        assertThat(engine.sql().use().groupsSkipped() - before).isGreaterThanOrEqualTo(2);
        assertThat(Long.parseLong(all)).isPositive();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ST_Disjoint(geometry, %s)",
                "not ST_Intersects(geometry, %s)",
                "ST_Distance(geometry, %s) > 5",
                "ST_Intersects(geometry, %s) is not null"
            })
    void whatDoesNotHaveToMeetIsLookedForEverywhere(String shape) {
        putPoints("places", 300_000);
        String condition = shape.formatted("ST_MakeEnvelope(3, 20, 12, 30)");
        assertThat(engine.value("select count(*) from places where " + condition))
                .isEqualTo(
                        engine.value(
                                "select count(*) filter (%s) from places".formatted(condition)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ST_Buffer(ST_Point(x, -x), 3)",
                "ST_MakeLine(ST_Point(x, 2), ST_Point(-x, x))",
                "ST_GeomFromText('POINT Z (' || x || ' 1 2)')",
                "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(' || x || ' 1), MULTIPOINT((1 2), (3 4)))')",
                "ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, ' || x || ' 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))')",
                "case when x % 50000 = 7 then ST_GeomFromText('POINT EMPTY') else ST_Point(x, x) end",
                "case when x % 3 = 0 then null else ST_Point(x / 3, 1e300 * x) end"
            })
    void whateverTheShapesEveryOneThatMeetsIsFound(String expression) {
        String sql =
                "select x, %s as geometry from (select range - 20000 as x from range(300000))"
                        .formatted(expression);
        try (SqlResult result = engine.sql().query(sql)) {
            temporary.shelf().put("shapes", result.reader());
        }
        for (String condition :
                List.of(
                        "ST_Intersects(geometry, ST_MakeEnvelope(150000, -9e5, 150100, 9e5))",
                        "ST_DWithin(geometry, ST_Point(0, 0), 3)",
                        "ST_Within(geometry, ST_MakeEnvelope(-4000, -4000, -3000, 4000))")) {
            assertThat(engine.value("select count(*) from shapes where " + condition))
                    .as(condition)
                    .isEqualTo(
                            engine.value(
                                    "select count(*) filter (%s) from shapes"
                                            .formatted(condition)));
        }
    }

    @Test
    void geometriesKeepTheirNameInArrow() {
        putPoints("places", 10);
        try (SqlResult result =
                engine.sql()
                        .query("select geometry, ST_Buffer(geometry, 1) as around from places")) {
            for (Field field : result.schema().getFields()) {
                assertThat(field.getMetadata())
                        .containsEntry("ARROW:extension:name", "geoarrow.wkb");
            }
            assertThat(
                            result.schema()
                                    .getFields()
                                    .getFirst()
                                    .getMetadata()
                                    .get("ARROW:extension:metadata"))
                    .contains("CRS84");
        }
    }

    @Test
    void whatIsNoGeometryIsRefused() {
        assertThatThrownBy(() -> engine.value("select ST_GeomFromText('POINT(')"))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_SQL));
        assertThatThrownBy(
                        () -> engine.value("select ST_X(ST_GeomFromText('LINESTRING(0 0, 1 1)'))"))
                .hasMessageContaining("ST_X");
        assertThat(engine.value("select 1")).isEqualTo("1");
    }

    /// Points of a grid a hundred wide, as GeoPandas writes them.
    private void putPoints(String name, int count) {
        FieldType type =
                new FieldType(
                        true,
                        ArrowType.Binary.INSTANCE,
                        null,
                        Map.of(
                                "ARROW:extension:name",
                                "geoarrow.wkb",
                                "ARROW:extension:metadata",
                                "{\"crs\": \"OGC:CRS84\"}"));
        try (BigIntVector id = new BigIntVector("id", engine.allocator());
                VarBinaryVector geometry =
                        new VarBinaryVector("geometry", type, engine.allocator())) {
            for (int i = 0; i < count; i++) {
                id.setSafe(i, i);
                geometry.setSafe(i, point(i % 100, Math.floorDiv(i, 100)));
            }
            id.setValueCount(count);
            geometry.setValueCount(count);
            temporary.shelf().put(name, VectorSchemaRoot.of(id, geometry));
        }
    }

    private static byte[] point(double x, double y) {
        return java.nio.ByteBuffer.allocate(21)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .put((byte) 1)
                .putInt(1)
                .putDouble(x)
                .putDouble(y)
                .array();
    }
}
