package dev.arrowshelf.testkit;

import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.jspecify.annotations.Nullable;

/// Main class of a process that reads a shelf by commands: `get NAME`, `read`, `where`, `close`,
/// `end`.
final class ReaderProcess {
    private ReaderProcess() {}

    public static void main(String[] arguments) throws IOException {
        ShelfTable table = null;
        try (TableSpace space = TableSpace.open(Path.of(arguments[0]));
                BufferedReader commands =
                        new BufferedReader(
                                new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.println("ready");
            for (String line = commands.readLine();
                    line != null && !line.equals("end");
                    line = commands.readLine()) {
                table = obey(line, space, table);
            }
        }
        System.out.println("ended");
    }

    private static @Nullable ShelfTable obey(
            String line, TableSpace space, @Nullable ShelfTable table) throws IOException {
        if (line.startsWith("get ")) {
            ShelfTable found = space.find(line.substring(4));
            System.out.println("got " + (found == null ? "nothing" : found.rowCount()));
            return found;
        }
        if (table == null) {
            System.out.println("no table");
            return null;
        }
        switch (line) {
            case "read" -> System.out.println("version " + Versioned.read(table));
            case "where" -> {
                try (ArrowReader reader = table.reader()) {
                    reader.loadNextBatch();
                    BigIntVector vector = (BigIntVector) reader.getVectorSchemaRoot().getVector(0);
                    long address = vector.getDataBufferAddress();
                    System.out.println("at " + address % 64 + " " + OpenResources.fileAt(address));
                }
            }
            case "close" -> {
                table.close();
                System.out.println("closed");
                return null;
            }
            default -> System.out.println("what? " + line);
        }
        return table;
    }
}
