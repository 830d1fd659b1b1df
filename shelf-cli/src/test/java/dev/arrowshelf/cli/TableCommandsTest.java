package dev.arrowshelf.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each command on a shelf that nobody owns: the command itself opens it where it has to.
final class TableCommandsTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void putsAFileAndShowsItsFirstRows() {
        CommandRun put = run("put", "orders", file(1000, 400).toString());
        assertThat(put.code()).as(put.err()).isZero();
        assertThat(put.out()).startsWith("orders: 1,000 rows, 2 columns, ");
        CommandRun get = run("get", "orders");
        assertThat(get.lines()).hasSize(23).startsWith("id  name", "──  ──────", " 0  row 0");
        assertThat(get.lines().getLast()).isEqualTo("(20 of 1,000 rows)");
        assertThat(run("get", "orders", "--offset", "998", "--columns", "name,id").lines())
                .containsExactly(
                        "name      id",
                        "───────  ───",
                        "row 998  998",
                        "row 999  999",
                        "(2 of 1,000 rows)");
    }

    @Test
    void putsFromStandardInputStreamOrFile() throws IOException {
        assertThat(
                        CommandRun.withInput(ArrowFiles.stream(10), inShelf("put", "stream", "-"))
                                .code())
                .isZero();
        byte[] file = Files.readAllBytes(file(10, 4));
        CommandRun put = CommandRun.withInput(file, inShelf("put", "file", "-", "--json"));
        assertThat(put.json().get("rows").asLong()).isEqualTo(10);
        assertThat(put.json().get("name").asText()).isEqualTo("file");
        assertThat(run("list").lines()).containsExactly("file", "stream");
    }

    @Test
    void cutsIntoPartitionsWhenAsked() {
        Path file = file(1000, 100);
        assertThat(run("put", "whole", file.toString(), "--json").json().get("partitions").asInt())
                .isEqualTo(1);
        JsonNode cut =
                run("put", "cut", file.toString(), "--partition-rows", "250", "--json").json();
        assertThat(cut.get("partitions").asInt()).isGreaterThan(3);
        assertThat(run("get", "cut", "--offset", "999", "--json").lines())
                .containsExactly("{\"id\":999,\"name\":\"row 999\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "lz4", "zstd"})
    void persistsAsParquetAndLoads(String codec) {
        run("put", "it's", file(3000, 1000).toString(), "--partition-rows", "1000");
        run("expire", "it's", "--after", "600");
        run("put", "b", file(3000, 1000).toString());
        Path kept = temporary.scratch().resolve("kept");
        CommandRun persist =
                run(
                        "persist",
                        "it's",
                        kept.toString(),
                        "--format",
                        "parquet",
                        "--compression",
                        codec);
        assertThat(persist.code()).as(persist.err()).isZero();
        assertThat(kept.resolve("it%27s")).isDirectoryContaining("glob:**table.parquet");
        run("delete", "it's");
        CommandRun load = run("load", kept.toString());
        assertThat(load.code()).as(load.err()).isZero();
        assertThat(run("info", "it's", "--json").json().get("partitions").asInt()).isEqualTo(3);
        assertThat(run("sql", "from \"it's\" except all from b", "--json").out()).isEmpty();
        assertThat(run("sql", "from b except all from \"it's\"", "--json").out()).isEmpty();
        // the other format takes its place
        assertThat(run("persist", "it's", kept.toString()).code()).isZero();
        assertThat(kept.resolve("it%27s")).isDirectoryNotContaining("glob:**table.parquet");
        assertThat(run("persist", "none", kept.toString(), "--format", "parquet").code())
                .isEqualTo(1);
        assertThat(run("persist", "b", kept.toString(), "--format", "csv").code()).isEqualTo(1);
    }

    @Test
    void encodesTextAndSaysWhatThatSaves() throws IOException {
        Path csv = temporary.scratch().resolve("words.csv");
        StringBuilder text = new StringBuilder("id,word\n");
        for (int row = 0; row < 20_000; row++) {
            text.append(row).append(",some word ").append(row % 30).append('\n');
        }
        Files.writeString(csv, text);
        run("put", "plain", csv.toString());
        CommandRun put = run("put", "words", csv.toString(), "--encode-text");
        assertThat(put.lines()).hasSize(2);
        assertThat(put.lines().getLast()).startsWith("encoded word: 30 distinct values, ");
        assertThat(run("info", "words").lines()).anyMatch(line -> line.startsWith("encoded  "));
        JsonNode words = run("info", "words", "--json").json();
        JsonNode plain = run("info", "plain", "--json").json();
        assertThat(words.get("encoded").get(0).get("saved_bytes").asLong()).isPositive();
        assertThat(plain.get("encoded")).isEmpty();
        assertThat(words.get("bytes").asLong()).isLessThan(plain.get("bytes").asLong());
        assertThat(run("sql", "from plain except all from words", "--json").out()).isEmpty();
        assertThat(run("sql", "from words except all from plain", "--json").out()).isEmpty();
        assertThat(run("get", "words", "--offset", "19999", "--json").lines())
                .containsExactly("{\"id\":19999,\"word\":\"some word 19\"}");
    }

    @Test
    void replacesUnlessToldNotTo() {
        assertThat(run("put", "a", file(5, 5).toString()).code()).isZero();
        assertThat(run("put", "a", file(6, 6).toString()).code()).isZero();
        CommandRun refused = run("put", "a", file(7, 7).toString(), "--no-replace");
        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).startsWith("arrowshelf: ").contains("a");
        assertThat(run("get", "a", "--json").lines()).hasSize(6);
    }

    @Test
    void writesFilesAndStreams() throws IOException {
        run("put", "a", file(100, 30).toString());
        Path out = temporary.scratch().resolve("out.arrow");
        CommandRun get = run("get", "a", "--out", out.toString());
        assertThat(get).isEqualTo(new CommandRun(0, "", ""));
        assertThat(ArrowFiles.ids(out)).isEqualTo(LongStream.range(0, 100).boxed().toList());
        run(
                "get",
                "a",
                "--out",
                out.toString(),
                "--offset",
                "10",
                "--limit",
                "5",
                "--columns",
                "id");
        assertThat(ArrowFiles.ids(out)).isEqualTo(List.of(10L, 11L, 12L, 13L, 14L));
        assertThat(temporary.scratch()).isDirectoryNotContaining("glob:**.tmp");
        assertThat(run("get", "a", "--out", "-").out()).startsWith("\ufffd\ufffd\ufffd\ufffd");
    }

    @ParameterizedTest
    @ValueSource(strings = {".parquet", ".csv", ".json", ".jsonl"})
    void putsAndGetsFilesOfOtherFormats(String end) throws IOException {
        run("put", "a", file(3000, 1000).toString());
        Path file = temporary.scratch().resolve("it's" + end);
        assertThat(run("get", "a", "--out", file.toString()).code()).isZero();
        assertThat(run("put", "b", file.toString(), "--json").json().get("rows").asLong())
                .isEqualTo(3000);
        assertThat(run("sql", "from a except all from b", "--json").out()).isEmpty();
        assertThat(run("sql", "from b except all from a", "--json").out()).isEmpty();
        run(
                "get",
                "a",
                "--columns",
                "name",
                "--offset",
                "5",
                "--limit",
                "2",
                "--out",
                file.toString());
        run("put", "c", file.toString());
        assertThat(run("sql", "from c", "--csv").lines()).containsExactly("name", "row 5", "row 6");
        Files.writeString(file, "no such thing [");
        if (!end.equals(".csv")) {
            assertThat(run("put", "d", file.toString()).code()).isEqualTo(1);
        }
        assertThat(run("get", "nosuch", "--out", file.toString()).code()).isEqualTo(1);
        try (Stream<Path> left = Files.list(temporary.scratch())) {
            assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void queriesTables() throws IOException {
        run("put", "orders", file(1000, 400).toString());
        assertThat(run("sql", "select count(*) as n, max(name) as last from orders").lines())
                .containsExactly("   n  last", "────  ───────", "1000  row 999");
        assertThat(run("sql", "from orders where id = 7", "--json").lines())
                .containsExactly("{\"id\":7,\"name\":\"row 7\"}");
        assertThat(
                        run(
                                        "sql",
                                        "select id, null as z, 'a,\"b' as q from orders limit 1",
                                        "--csv")
                                .lines())
                .containsExactly("id,z,q", "0,,\"a,\"\"b\"");
        assertThat(run("sql", "from orders", "--rows", "2").lines())
                .hasSize(5)
                .endsWith("(the first 2 rows)");
        assertThat(
                        run("sql", "select id from orders where id < 5", "--into", "few")
                                .json()
                                .get("rows")
                                .asLong())
                .isEqualTo(5);
        Path out = temporary.scratch().resolve("few.arrow");
        assertThat(run("sql", "from few", "--out", out.toString()).code()).isZero();
        assertThat(ArrowFiles.ids(out)).isEqualTo(LongStream.range(0, 5).boxed().toList());
        assertThat(run("explain", "select sum(id) from orders").out()).contains("ARROWSHELF_SCAN");
        assertThat(run("explain", "from orders", "--analyze", "--json").out())
                .contains("\"operator\":");
        assertThat(run("sql", "from nosuch").code()).isEqualTo(1);
        assertThat(run("sql", "drop table orders").err()).contains("only statements that read");
        assertThat(run("sql", "from orders", "--json", "--csv").code()).isEqualTo(2);
    }

    @Test
    void runsStatementsOfStandardInput() {
        run("put", "orders", file(10, 4).toString());
        CommandRun all =
                CommandRun.withInput(
                        "select count(*) as n from orders; select ';' as t;\n-- the end\n"
                                .getBytes(StandardCharsets.UTF_8),
                        inShelf("sql", "--csv"));
        assertThat(all).isEqualTo(new CommandRun(0, "n\n10\nt\n;\n", ""));
        CommandRun failed =
                CommandRun.withInput(
                        "select 1 as a; from nosuch; select 2 as b"
                                .getBytes(StandardCharsets.UTF_8),
                        inShelf("sql", "--json"));
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).isEqualTo("{\"a\":1}\n");
        assertThat(failed.err()).contains("no such table: name=nosuch");
        assertThat(run("sql", "--into", "x").code()).isEqualTo(2);
    }

    @Test
    void listsInOrderOfNamesAsTextTableAndJson() {
        run("put", "b", file(5, 5).toString());
        run("put", "a\u001b[31m", file(50, 5).toString());
        assertThat(run("list").lines()).containsExactly("a\\u001b[31m", "b");
        assertThat(run("list", "--long").lines().getFirst())
                .matches("name +rows +size +columns +age");
        assertThat(run("list", "-l").lines()).hasSize(4);
        JsonNode json = run("list", "--json").json();
        assertThat(json).hasSize(2);
        assertThat(json.get(0).get("name").asText()).isEqualTo("a\u001b[31m");
        assertThat(json.get(0).get("rows").asLong()).isEqualTo(50);
        assertThat(json.get(0).get("bytes").asLong()).isPositive();
        assertThat(json.get(1).get("columns").asInt()).isEqualTo(2);
    }

    @Test
    void anEmptyOrMissingShelfListsNothing() {
        assertThat(run("list")).isEqualTo(new CommandRun(0, "", ""));
        assertThat(run("list", "--json").json()).isEmpty();
        assertThat(Files.exists(temporary.directory())).isFalse();
        assertThat(run("status").code()).isEqualTo(1);
    }

    @Test
    void tellsFactsAndSchema() {
        run("put", "a", file(5, 5).toString());
        assertThat(run("info", "a").out())
                .contains("rows        5\n")
                .contains("id      int64  yes")
                .contains("name    utf8   yes");
        JsonNode json = run("info", "a", "--json").json();
        assertThat(json.get("rows").asLong()).isEqualTo(5);
        assertThat(json.get("schema").get(0).get("type").asText()).isEqualTo("int64");
        assertThat(run("info", "b"))
                .isEqualTo(new CommandRun(1, "", "arrowshelf: no such table: name=b\n"));
    }

    @Test
    void deletesWhatIsThereAndNamesWhatIsNot() {
        run("put", "a", file(5, 5).toString());
        run("put", "b", file(5, 5).toString());
        run("put", "c", file(5, 5).toString());
        assertThat(run("delete", "a", "x", "b"))
                .isEqualTo(new CommandRun(1, "", "arrowshelf: no such table: name=x\n"));
        assertThat(run("list").lines()).containsExactly("c");
        assertThat(run("clear", "--yes")).isEqualTo(new CommandRun(0, "1 table removed\n", ""));
        assertThat(run("list").lines()).isEmpty();
    }

    @Test
    void namesMayBeAnyText() {
        for (String name :
                List.of(
                        "../../etc/passwd",
                        "a/b",
                        "with space",
                        "👩‍🚀",
                        "x".repeat(10_000),
                        "nul\0inside",
                        "--")) {
            CommandRun put = CommandRun.of(inShelf("put", "--", name, file(3, 3).toString()));
            assertThat(put.code()).as(put.err()).isZero();
            assertThat(CommandRun.of(inShelf("get", "--json", "--", name)).lines()).hasSize(3);
            assertThat(CommandRun.of(inShelf("delete", "--", name)).code()).isZero();
        }
        assertThat(run("put", "", file(3, 3).toString()).code()).isEqualTo(1);
    }

    @Test
    void refusesWhatIsNoArrow() throws IOException {
        Path text = Files.writeString(temporary.scratch().resolve("text"), "id,name\n1,a\n");
        CommandRun put = run("put", "a", text.toString());
        assertThat(put.code()).isEqualTo(1);
        assertThat(put.err()).startsWith("arrowshelf: ").hasLineCount(1);
        byte[] whole = ArrowFiles.stream(1000);
        CommandRun cut =
                CommandRun.withInput(
                        Arrays.copyOf(whole, whole.length / 2), inShelf("put", "a", "-"));
        assertThat(cut.code()).isEqualTo(1);
        assertThat(run("put", "a", temporary.scratch().resolve("nothing").toString()).err())
                .contains("no such file");
        assertThat(run("list").lines()).isEmpty();
    }

    @Test
    void refusesColumnsThatAreNotThere() {
        run("put", "a", file(5, 5).toString());
        CommandRun get = run("get", "a", "--columns", "id,nope");
        assertThat(get.code()).isEqualTo(1);
        assertThat(get.err()).contains("nope");
    }

    @Test
    void aFullShelfIsExitCodeThree() throws IOException {
        Path config =
                Files.writeString(temporary.scratch().resolve("conf"), "memory-limit = 4MiB\n");
        CommandRun put =
                run(
                        "put",
                        "a",
                        file(2_000_000, 2_000_000).toString(),
                        "--config",
                        config.toString());
        assertThat(put.code()).as(put.err()).isEqualTo(3);
        assertThat(put.err()).hasLineCount(1);
        assertThat(run("list").lines()).isEmpty();
    }

    @Test
    void tellsTheStateOfAShelfThatNobodyOwns() {
        run("put", "a", file(5, 5).toString());
        assertThat(run("status").out())
                .contains("owner       none")
                .contains("tables      1")
                .contains("warning");
        JsonNode json = run("status", "--json").json();
        assertThat(json.get("owner_pid").asLong()).isZero();
        assertThat(json.get("tables").asLong()).isEqualTo(1);
        assertThat(json.get("limit_bytes").asLong()).isPositive();
        assertThat(json.get("features").get("leases").asText()).isEqualTo("on");
    }

    @Test
    void anotherOwnerIsExitCodeFour() {
        temporary.shelf();
        CommandRun put = run("put", "a", file(5, 5).toString());
        assertThat(put.code()).as(put.err()).isEqualTo(4);
        assertThat(put.err()).contains("pid=" + ProcessHandle.current().pid());
        assertThat(run("list").code()).isZero();
    }

    private Path file(int rows, int rowsPerBatch) {
        return ArrowFiles.write(temporary.scratch().resolve("in.arrow"), rows, rowsPerBatch);
    }

    private CommandRun run(String... arguments) {
        return CommandRun.of(inShelf(arguments));
    }

    /// The arguments with the shelf's directory put after the command.
    private String[] inShelf(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = arguments[0];
        all[1] = "--dir";
        all[2] = temporary.directory().toString();
        System.arraycopy(arguments, 1, all, 3, arguments.length - 1);
        return all;
    }
}
