package dev.arrowshelf.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.client.ServedShelf.Way;
import dev.arrowshelf.client.config.Address;
import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.testkit.ChildJvm;
import dev.arrowshelf.testkit.TableContent;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A client whose daemon is killed, and comes back at the same address.
final class DaemonRestartIT {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @ParameterizedTest
    @EnumSource
    void aClientGoesOnWhenItsDaemonWasKilledAndRestarted(Way way) {
        Address address;
        try (ChildJvm daemon = daemon(0)) {
            address = Address.parse(daemon.await("ready "));
            try (Shelf shelf = connect(address, way)) {
                put(shelf, "small", 3);
                put(shelf, "large", 200_000);
                daemon.kill();
                assertThatThrownBy(() -> put(shelf, "lost", 3))
                        .isInstanceOfSatisfying(
                                ShelfException.class,
                                failure ->
                                        assertThat(failure.code())
                                                .isEqualTo(ErrorCode.UNAVAILABLE));
                try (ChildJvm successor = daemon(address.port())) {
                    successor.await("ready ");
                    put(shelf, "after", 5);
                    for (String name : List.of("small", "large", "after")) {
                        try (ShelfTable table = shelf.get(name)) {
                            assertThat(TableContent.of(table).rows())
                                    .hasSize((int) table.rowCount());
                        }
                    }
                    assertThat(shelf.delete("small")).isTrue();
                    assertThat(shelf.list()).hasSize(2);
                    successor.kill();
                }
            }
        }
    }

    private ChildJvm daemon(int port) {
        return ChildJvm.start(
                DaemonMain.class, temporary.directory().toString(), String.valueOf(port));
    }

    private static Shelf connect(Address address, Way way) {
        return ShelfClient.connect(
                ClientOptions.of(address).withForcedStreaming(way == Way.STREAMED));
    }

    private static void put(Shelf shelf, String name, int rows) {
        Schema schema = new Schema(List.of(Field.nullable("x", new ArrowType.Int(64, true))));
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
            BigIntVector vector = (BigIntVector) root.getVector(0);
            vector.allocateNew(rows);
            for (int row = 0; row < rows; row++) {
                vector.set(row, row);
            }
            vector.setValueCount(rows);
            root.setRowCount(rows);
            shelf.put(name, root);
        }
    }
}
