package dev.arrowshelf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// `search` and `index` on a shelf that nobody owns.
final class SearchCommandsTest {
    private static final int ROWS = 5000;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void findsTheNearestRowsAndSaysHow() {
        putPoints();

        CommandRun text = run("search", "points", "--query", "0.5,0.5,0.5", "--neighbours", "3");
        assertThat(text.code()).as(text.err()).isZero();
        assertThat(text.lines()).hasSize(6);
        assertThat(text.lines().getLast()).startsWith("queries: 1, in ").contains(" by ");

        JsonNode json =
                run("search", "points", "--query", "0,0,0;1,1,1", "--neighbours", "2", "--json")
                        .json();
        assertThat(json.get("searched_rows").asInt()).isEqualTo(ROWS);
        assertThat(json.get("neighbours")).hasSize(4);
        assertThat(json.get("neighbours").get(0).get("distance").asDouble())
                .isLessThanOrEqualTo(json.get("neighbours").get(1).get("distance").asDouble());
    }

    @Test
    void tellsAboutAnAnswerWithoutItsRows() {
        putPoints();

        JsonNode all =
                run("search", "points", "--queries", "points", "--neighbours", "1", "--summary")
                        .json();

        assertThat(all.get("queries").asInt()).isEqualTo(ROWS);
        assertThat(all.get("found_rows").asInt()).isEqualTo(ROWS);
        assertThat(all.get("mean_distance").asDouble()).isZero();
        assertThat(all.get("millis").asDouble()).isPositive();
        assertThat(all.has("neighbours")).isFalse();
    }

    @Test
    void findsAllRowsWithinADistance() {
        putPoints();

        JsonNode near =
                run("search", "points", "--query", "0.5,0.5,0.5", "--radius", "0.1", "--json")
                        .json();
        JsonNode counted =
                run("search", "points", "--query", "0.5,0.5,0.5", "--neighbours", "100", "--json")
                        .json();

        int count = near.get("neighbours").size();
        assertThat(count).isBetween(5, 90);
        assertThat(near.get("neighbours").get(count - 1).get("distance").asDouble())
                .isLessThanOrEqualTo(0.1);
        assertThat(counted.get("neighbours").get(count).get("distance").asDouble())
                .isGreaterThan(0.1);
        assertThat(run("search", "points", "--query", "0,0,0", "--radius", "-1").err())
                .contains("radius out of range");
    }

    @Test
    void findsAmongTheRowsForWhichAConditionIsTrue() {
        putPoints();

        String[] all = {"search", "points", "--query", "0,0,0", "--neighbours", "1000000"};
        JsonNode right = run(with(all, "--where", "x > 0.5 or y > 0.9", "--json")).json();
        CommandRun counted =
                run("sql", "select count(*) from points where x > 0.5 or y > 0.9", "--csv");

        assertThat(right.get("neighbours"))
                .hasSize(Integer.parseInt(counted.lines().getLast()))
                .hasSizeLessThan(ROWS);
        assertThat(right.get("neighbours").get(0).get("distance").asDouble()).isGreaterThan(0.5);
        assertThat(run(with(all, "--where", "q > 0.5")).err()).contains("q");
        assertThat(run(with(all, "--where", "x > 0", "--filter", "x")).err())
                .contains("give --filter or --where");
    }

    private static String[] with(String[] begin, String... more) {
        return Stream.concat(Arrays.stream(begin), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void neighboursAreATableOfSqlThatJoins() {
        putPoints();

        String sql =
                """
                select n.row, n.distance, n.x = p.x as same
                from nearest('points', ['x', 'y', 'z'], [0.5, 0.5, 0.5], 4) n
                join points p on p.x = n.x and p.y = n.y and p.z = n.z order by n.distance
                """;
        CommandRun run = run("sql", sql, "--csv");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.lines()).hasSize(5).first().isEqualTo("row,distance,same");
        JsonNode searched =
                run("search", "points", "--query", "0.5,0.5,0.5", "--neighbours", "4", "--json")
                        .json();
        for (int place = 0; place < 4; place++) {
            assertThat(run.lines().get(place + 1))
                    .startsWith(searched.get("neighbours").get(place).get("row").asInt() + ",")
                    .endsWith(",true");
        }
        String counted = "select count(*) as n from nearest('points', '', 'points', 2)";
        assertThat(run("sql", counted, "--csv").lines())
                .containsExactly("n", Integer.toString(2 * ROWS));
        assertThat(run("list").lines()).containsExactly("points");
        assertThat(run("sql", "select * from nearest('points', 'x', [1, 2], 3)").err())
                .contains("queries have other dimensions");
        assertThat(run("sql", "select * from nearest('none', 'x', [1], 3)").err())
                .contains("no such table: name=none");
        assertThat(run("sql", "select * from nearest('points', 'x', [1], 0)").err())
                .contains("argument=k");
    }

    @Test
    void theRowsOfATableAreQueries() {
        putPoints();

        JsonNode json =
                run("search", "points", "--queries", "points", "--neighbours", "1", "--json")
                        .json();

        assertThat(json.get("index").asText()).isEqualTo("kd");
        for (JsonNode each : json.get("neighbours")) {
            assertThat(each.get("row").asInt()).isEqualTo(each.get("query").asInt());
        }
    }

    @Test
    void buildsListsMeasuresAndDropsIndexes() {
        putPoints();

        CommandRun built = run("index", "build", "points", "--index", "ivf", "--lists", "20");
        assertThat(built.code()).as(built.err()).isZero();
        assertThat(built.out()).startsWith("ivf of 5,000 points, ");
        assertThat(run("index", "list").lines())
                .hasSize(3)
                .last()
                .asString()
                .startsWith("points  x,y,z")
                .contains("ivf");
        CommandRun measured = run("index", "evaluate", "points", "--index", "ivf");
        assertThat(measured.lines().getFirst()).matches("index +setting +recall +a query");
        assertThat(measured.lines().size()).isGreaterThan(3);
        assertThat(run("search", "points", "--query", "0,0,0", "--index", "ivf").lines().getLast())
                .contains("probes=");
        assertThat(run("index", "drop", "points").code()).isZero();
        assertThat(run("index", "drop", "points"))
                .isEqualTo(new CommandRun(1, "", "arrowshelf: no index: name=points\n"));
        assertThat(run("index", "list").lines()).hasSize(2);
    }

    @Test
    void saysWhatIsWrong() {
        putPoints();

        assertThat(run("search", "points").err()).contains("give --query or --queries");
        assertThat(run("search", "none", "--query", "1").err()).contains("no such table");
        assertThat(run("search", "points", "--query", "1,2").err()).contains("other dimensions");
        assertThat(run("search", "points", "--query", "1,2,a").err()).contains("not a number");
        assertThat(run("search", "points", "--query", "1,2,3;4").err())
                .contains("different lengths");
        assertThat(run("search", "points", "--query", "1,2,3", "--metric", "far").code())
                .isNotZero();
        assertThat(run("index", "paint", "points").err()).contains("unknown action");
        assertThat(run("index", "build").err()).contains("name a table");
    }

    private void putPoints() {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot points = VectorSchemaRoot.create(schema(), allocator)) {
            Random random = new Random(3);
            points.allocateNew();
            for (int row = 0; row < ROWS; row++) {
                for (int axis = 0; axis < 3; axis++) {
                    ((Float4Vector) points.getVector(axis)).setSafe(row, random.nextFloat());
                }
            }
            points.setRowCount(ROWS);
            temporary.shelf().put("points", points);
        }
        temporary.close();
    }

    private static Schema schema() {
        ArrowType single = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
        return new Schema(
                Stream.of("x", "y", "z").map(name -> Field.notNullable(name, single)).toList());
    }

    private CommandRun run(String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 2);
        all[arguments.length] = "--dir";
        all[arguments.length + 1] = temporary.directory().toString();
        return CommandRun.of(all);
    }
}
