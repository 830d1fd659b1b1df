package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.EveryType;
import dev.arrowshelf.testkit.RandomTable;
import dev.arrowshelf.testkit.RandomTables;
import dev.arrowshelf.testkit.TableContent;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.DurationVector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.IntervalYearVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeStampMilliTZVector;
import org.apache.arrow.vector.TimeStampSecTZVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.impl.UnionMapWriter;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every Arrow type through a query. The tables are random, with all that the format allows; the
/// same rows are asked for in one batch of several row groups, in many small partitions, and where
/// DuckDB gives a type back as it got it, also compared with the vectors they were made of.
final class TypesTest {
    /// More than a row group, so that scans begin in the middle of a batch.
    private static final int ROWS = 123_500;

    /// As many as runs with ends of 16 bits can have.
    private static final int FEW_ROWS = 20_000;

    /// Types whose values DuckDB gives back as text that arrow-java writes the same way.
    private static final Set<ArrowType.ArrowTypeID> SAME =
            Set.of(
                    ArrowType.ArrowTypeID.Bool,
                    ArrowType.ArrowTypeID.Int,
                    ArrowType.ArrowTypeID.Utf8,
                    ArrowType.ArrowTypeID.LargeUtf8,
                    ArrowType.ArrowTypeID.Utf8View,
                    ArrowType.ArrowTypeID.Binary,
                    ArrowType.ArrowTypeID.LargeBinary,
                    ArrowType.ArrowTypeID.BinaryView,
                    ArrowType.ArrowTypeID.FixedSizeBinary,
                    ArrowType.ArrowTypeID.List,
                    ArrowType.ArrowTypeID.LargeList,
                    ArrowType.ArrowTypeID.ListView,
                    ArrowType.ArrowTypeID.LargeListView,
                    ArrowType.ArrowTypeID.FixedSizeList,
                    ArrowType.ArrowTypeID.Struct,
                    ArrowType.ArrowTypeID.RunEndEncoded);

    private static final Schema COARSE =
            new Schema(
                    List.of(
                            Field.nullable(
                                    "second", new ArrowType.Timestamp(TimeUnit.SECOND, "UTC")),
                            Field.nullable(
                                    "milli", new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC")),
                            Field.nullable("duration", new ArrowType.Duration(TimeUnit.SECOND)),
                            Field.nullable(
                                    "months", new ArrowType.Interval(IntervalUnit.YEAR_MONTH)),
                            Field.nullable(
                                    "mixed", new ArrowType.Interval(IntervalUnit.MONTH_DAY_NANO)),
                            Field.nullable("date", new ArrowType.Date(DateUnit.MILLISECOND)),
                            Field.nullable("time", new ArrowType.Time(TimeUnit.MILLISECOND, 32)),
                            Field.nullable("nanos", new ArrowType.Time(TimeUnit.NANOSECOND, 64)),
                            Field.nullable("decimal", new ArrowType.Decimal(9, 2, 128)),
                            EveryType.map(
                                    "map",
                                    Field.notNullable("key", new ArrowType.Int(64, true)),
                                    Field.nullable("value", ArrowType.Utf8.INSTANCE))));

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final RandomTables random = RandomTables.ofThisRun().withPackedUnions();
    private Engine engine;

    @BeforeEach
    void open() {
        engine = Engine.over(temporary.shelf());
    }

    @AfterEach
    void close() {
        engine.close();
    }

    /// Coarse times of random size are out of DuckDB's range, random keys of maps are not unique.
    static Stream<Field> readable() {
        return EveryType.fields().stream()
                .filter(field -> !isUnreadable(field) && !isOutOfRange(field.getType()));
    }

    static Stream<Field> unreadable() {
        return EveryType.fields().stream().filter(TypesTest::isUnreadable);
    }

    @ParameterizedTest
    @MethodSource("readable")
    void aColumnIsReadTheSameHoweverItIsCut(Field field) {
        int rows = field.getName().equals("runs16") ? FEW_ROWS : ROWS;
        TableContent original;
        try (RandomTable table =
                random.table(new Schema(List.of(field)), rows, engine.allocator())) {
            temporary.shelf().put("whole", table.source(), PutOptions.DEFAULT);
            temporary
                    .shelf()
                    .put("cut", table.source(), PutOptions.DEFAULT.withPartitions(9_000, 0));
            original = TableContent.of(table);
        }
        String column = '"' + field.getName() + '"';
        List<List<String>> whole = engine.rows("select " + column + " from whole");
        List<List<String>> cut = engine.rows("select " + column + " from cut");
        assertThat(whole).as("%s %s", random, field).isEqualTo(cut);
        assertThat(whole).hasSize(rows);
        if (SAME.contains(field.getType().getTypeID()) && field.getMetadata().isEmpty()) {
            assertThat(whole).as("%s %s", random, field).isEqualTo(original.rows());
        }
        long nulls = whole.stream().filter(row -> row.getFirst().equals("null")).count();
        assertThat(engine.value("select count(*) - count(" + column + ") from whole"))
                .as("%s %s", random, field)
                .isEqualTo(Long.toString(nulls));
        assertThat(engine.value("select count(*) from whole where " + column + " is null"))
                .isEqualTo(Long.toString(nulls));
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void aColumnThatSqlLacksIsRefusedOnlyWhereItIsUsed(Field field) {
        Field number = Field.nullable("number", new ArrowType.Int(64, true));
        Schema schema = new Schema(List.of(number, field));
        try (RandomTable table = random.table(schema, 100, engine.allocator())) {
            temporary.shelf().put("t", table.source(), PutOptions.DEFAULT);
        }
        assertThat(engine.value("select count(*) from t")).isEqualTo("100");
        assertThat(engine.rows("select number from t")).hasSize(100);
        assertThat(engine.rows("describe t")).hasSize(2);
        assertThatThrownBy(() -> engine.rows("select * from t"))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure -> assertThat(failure.code()).isEqualTo(ErrorCode.UNSUPPORTED_IPC))
                .hasMessageContaining("column=" + field.getName());
    }

    @Test
    void allColumnsTogether() {
        List<Field> fields = new ArrayList<>(readable().toList());
        fields.removeIf(field -> field.getName().equals("runs16"));
        try (RandomTable table = random.table(new Schema(fields), 5000, engine.allocator())) {
            temporary.shelf().put("t", table.source(), PutOptions.DEFAULT);
        }
        assertThat(engine.rows("select * from t")).hasSize(5000);
        assertThat(engine.rows("describe t")).hasSize(fields.size());
        assertThat(engine.rows("select * exclude (list) from t limit 7")).hasSize(7);
    }

    @Test
    void coarseTimesAndMapsAreRead() {
        VectorSchemaRoot root = VectorSchemaRoot.create(COARSE, engine.allocator());
        try (root) {
            ((TimeStampSecTZVector) root.getVector("second")).setSafe(0, 90_061);
            ((TimeStampMilliTZVector) root.getVector("milli")).setSafe(0, 90_061_001);
            ((DurationVector) root.getVector("duration")).setSafe(0, 90_061);
            ((IntervalYearVector) root.getVector("months")).setSafe(0, 14);
            ((IntervalMonthDayNanoVector) root.getVector("mixed")).setSafe(0, 1, 2, 3000);
            ((DateMilliVector) root.getVector("date")).setSafe(0, 3 * 86_400_000L);
            ((TimeMilliVector) root.getVector("time")).setSafe(0, 3_661_001);
            ((TimeNanoVector) root.getVector("nanos")).setSafe(0, 1);
            ((DecimalVector) root.getVector("decimal")).setSafe(0, new BigDecimal("-12.34"));
            MapVector map = (MapVector) root.getVector("map");
            UnionMapWriter writer = map.getWriter();
            writer.setPosition(0);
            writer.startMap();
            writer.startEntry();
            writer.key().bigInt().writeBigInt(7);
            writer.value().varChar().writeVarChar("seven");
            writer.endEntry();
            writer.endMap();
            root.setRowCount(1);
            temporary.shelf().put("t", root);
        }
        assertThat(engine.rows("select columns(*)::varchar from t"))
                .isEqualTo(
                        List.of(
                                List.of(
                                        "1970-01-02 01:01:01+00",
                                        "1970-01-02 01:01:01.001+00",
                                        "25:01:01",
                                        "1 year 2 months",
                                        "1 month 2 days 00:00:00.000003",
                                        "1970-01-04",
                                        "01:01:01.001",
                                        "00:00:00.000000001",
                                        "-12.34",
                                        "{7=seven}")));
    }

    @Test
    void eachPartitionHasItsOwnDictionary() {
        Field field =
                EveryType.encoded("d", 7, new ArrowType.Int(8, true), ArrowType.Utf8.INSTANCE);
        List<List<String>> expected = new ArrayList<>();
        StringBuilder union = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            try (RandomTable table =
                    random.table(new Schema(List.of(field)), 3000, engine.allocator())) {
                temporary
                        .shelf()
                        .put("t" + i, table.source(), PutOptions.DEFAULT.withPartitions(500, 0));
                expected.addAll(TableContent.of(table).rows());
            }
            union.append(i == 0 ? "" : " union all ").append("select d from t").append(i);
        }
        assertThat(engine.rows(union.toString())).as("%s", random).isEqualTo(expected);
    }

    @Test
    void encodedTextReachesTheQueryAsItsDictionary() throws IOException {
        String words = "select 'word ' || (range % 100) as s from range(300000)";
        try (SqlResult result = engine.sql().query(words)) {
            temporary
                    .shelf()
                    .put("words", result.reader(), PutOptions.DEFAULT.withEncodedText(true));
        }
        assertThat(engine.rows("select distinct vector_type(s) from words"))
                .containsExactly(List.of("DICTIONARY_VECTOR"));
        assertThat(engine.rows("select s, count(*) from words group by s order by s"))
                .isEqualTo(
                        engine.rows(
                                "select s, count(*) from (%s) group by s order by s"
                                        .formatted(words)));
    }

    private static boolean isUnreadable(Field field) {
        return switch (field.getType()) {
            case ArrowType.FloatingPoint number ->
                    number.getPrecision() == FloatingPointPrecision.HALF;
            case ArrowType.Decimal number -> number.getBitWidth() > 128;
            case ArrowType.Union _ -> true;
            case ArrowType.Interval interval -> interval.getUnit() == IntervalUnit.DAY_TIME;
            default -> false;
        };
    }

    private static boolean isOutOfRange(ArrowType type) {
        return switch (type) {
            case ArrowType.Timestamp time -> time.getTimezone() != null && isCoarse(time.getUnit());
            case ArrowType.Duration time -> isCoarse(time.getUnit());
            case ArrowType.Map _ -> true;
            default -> false;
        };
    }

    private static boolean isCoarse(TimeUnit unit) {
        return unit == TimeUnit.SECOND || unit == TimeUnit.MILLISECOND;
    }
}
