package dev.arrowshelf.cli.rows;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.arrowshelf.cli.text.JsonText;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.EveryType;
import dev.arrowshelf.testkit.RandomTable;
import dev.arrowshelf.testkit.RandomTables;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class RowTextTest {
    private static final int ROWS = 50;

    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @Test
    void printsEveryTypeAsJson() throws IOException {
        RandomTables random = RandomTables.ofThisRun();
        List<Field> fields = EveryType.fields();
        String text = print(random, fields, RowText::printJsonLines);
        assertThat(text.lines()).as("%s", random).hasSize(ROWS);
        for (String line : text.lines().toList()) {
            JsonNode row = new ObjectMapper().readTree(line);
            assertThat(row.fieldNames())
                    .toIterable()
                    .containsExactlyElementsOf(fields.stream().map(Field::getName).toList());
        }
    }

    @Test
    void printsEveryTypeAsATable() throws IOException {
        RandomTables random = RandomTables.ofThisRun();
        String text = print(random, EveryType.fields(), RowText::printTable);
        assertThat(text.lines()).as("%s", random).hasSize(ROWS + 2);
    }

    @Test
    void namesEveryTypeWithoutArrowJavasOwnNames() {
        JsonText json = new JsonText().beginObject();
        SchemaText.writeFields(new Schema(EveryType.fields()), json);
        assertThat(json.endObject().toString())
                .contains(
                        "\"uint8\"",
                        "\"timestamp[us, Europe/Vienna]\"",
                        "\"list<utf8>\"",
                        "\"decimal256(70, 20)\"")
                .contains(
                        "\"map<utf8, int64>\"",
                        "\"dictionary<int8, utf8>\"",
                        "\"dense_union<int64, utf8>\"")
                .doesNotContain("Int(", "FloatingPoint(");
    }

    private String print(RandomTables random, List<Field> fields, Printer printer)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (BufferAllocator allocator = new RootAllocator();
                RandomTable table = random.table(new Schema(fields), ROWS, allocator)) {
            temporary.shelf().put("random", table.source(), PutOptions.DEFAULT);
        }
        try (ShelfTable table = temporary.shelf().get("random");
                ArrowReader reader = table.reader();
                PrintStream out = new PrintStream(bytes, false, StandardCharsets.UTF_8)) {
            printer.print(reader, out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private interface Printer {
        long print(ArrowReader reader, PrintStream out) throws IOException;
    }
}
