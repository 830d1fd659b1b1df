package dev.arrowshelf.memory;

import java.io.IOException;
import java.nio.file.Path;

/// Maps the file it is given for reading until its standard input ends.
final class MappingChild {
    private MappingChild() {}

    public static void main(String[] arguments) throws IOException {
        try (Region _ = Region.mapReadOnly(Path.of(arguments[0]))) {
            System.out.println("mapped");
            System.in.readAllBytes();
        }
    }
}
