package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.PutOptions;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.store.model.TableInfo;
import dev.arrowshelf.store.table.ShelfTable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EmbeddedShelfTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private final BufferAllocator allocator = new RootAllocator();
    private final RandomTables tables = RandomTables.ofThisRun();

    @AfterEach
    void everyBufferIsReleased() {
        allocator.close();
    }

    @Test
    void aTableThatIsPutIsFoundListedAndDescribed() {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = tables.table(tables.schema(5), 30, allocator)) {
            TableInfo info = shelf.put("points", table.source(), PutOptions.DEFAULT);
            assertThat(info.name()).isEqualTo("points");
            assertThat(info.rows()).isEqualTo(30);
            assertThat(info.columns()).isEqualTo(5);
            assertThat(shelf.info("points")).isEqualTo(info);
            assertThat(shelf.list()).containsExactly(info);
            try (ShelfTable found = shelf.get("points")) {
                assertThat(found.info()).isEqualTo(info);
                assertThat(found.generation()).isEqualTo(info.generation());
                assertThat(TableContent.of(found))
                        .as("%s", tables)
                        .isEqualTo(TableContent.of(table));
            }
        }
    }

    @Test
    void whatIsNotThereIsAValueExceptForGet() {
        Shelf shelf = temporary.shelf();
        assertThat(shelf.find("nothing")).isNull();
        assertThat(shelf.info("nothing")).isNull();
        assertThat(shelf.delete("nothing")).isFalse();
        assertThat(shelf.list()).isEmpty();
        assertThat(shelf.deleteAll()).isZero();
        assertThatCode(() -> shelf.get("nothing"), ErrorCode.NOT_FOUND, "nothing");
    }

    @Test
    void replacingShowsTheNewTableAndKeepsTheOldOneForItsReaders() {
        Shelf shelf = temporary.shelf();
        Schema schema = tables.schema(4);
        try (RandomTable first = tables.table(schema, 10, allocator);
                RandomTable second = tables.table(schema, 5000, allocator)) {
            shelf.put("t", first.source(), PutOptions.DEFAULT);
            ShelfTable old = shelf.get("t");
            shelf.put("t", second.source(), PutOptions.DEFAULT);
            try (ShelfTable present = shelf.get("t")) {
                assertThat(present.generation()).isGreaterThan(old.generation());
                assertThat(TableContent.of(present)).isEqualTo(TableContent.of(second));
            }
            assertThat(TableContent.of(old)).isEqualTo(TableContent.of(first));
            old.close();
            assertThat(shelf.list()).hasSize(1);
        }
    }

    @Test
    void aPutThatMayNotReplaceFailsAndChangesNothing() {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = tables.table(tables.schema(3), 10, allocator)) {
            TableInfo before = shelf.put("t", table.source(), PutOptions.DEFAULT);
            PutOptions careful = PutOptions.DEFAULT.withReplace(false);
            assertThatCode(
                    () -> shelf.put("t", table.source(), careful), ErrorCode.ALREADY_EXISTS, "t");
            assertThat(shelf.info("t")).isEqualTo(before);
            shelf.put("other", table.source(), careful);
            assertThat(shelf.deleteAll()).isEqualTo(2);
            assertThat(shelf.list()).isEmpty();
        }
    }

    @Test
    void tablesAreThereAgainWhenTheShelfIsOpenedAgain() {
        Map<String, TableContent> expected = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            try (RandomTable table = tables.table(tables.schema(6), i * 40, allocator)) {
                temporary.shelf().put("t" + i, table.source(), PutOptions.DEFAULT);
                expected.put("t" + i, TableContent.of(table));
            }
        }
        temporary.shelf().delete("t7");
        expected.remove("t7");
        temporary.close();
        Shelf again = temporary.shelf();
        assertThat(again.list())
                .extracting(TableInfo::name)
                .containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach((name, content) -> {
            try (ShelfTable table = again.get(name)) {
                assertThat(TableContent.of(table)).as("%s of %s", name, tables).isEqualTo(content);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "..", "a/b", "with space", "\0", "\uD83D\uDE00 東京", "."})
    void anyTextIsAName(String name) {
        putAndFind(name);
    }

    @Test
    void aLongNameIsAName() {
        putAndFind("n".repeat(65_535));
    }

    private void putAndFind(String name) {
        Shelf shelf = temporary.shelf();
        try (RandomTable table = tables.table(tables.schema(2), 3, allocator)) {
            shelf.put(name, table.source(), PutOptions.DEFAULT);
            try (ShelfTable found = shelf.get(name)) {
                assertThat(found.name()).isEqualTo(name);
            }
            assertThat(shelf.list()).extracting(TableInfo::name).containsExactly(name);
            assertThat(shelf.delete(name)).isTrue();
            assertThat(shelf.find(name)).isNull();
        }
    }

    @Test
    void whatIsNotUnicodeOrTooLongIsNoName() {
        Shelf shelf = temporary.shelf();
        for (String name : List.of("", "\uD83D", "n".repeat(65_536))) {
            assertThatCode(() -> shelf.find(name), ErrorCode.INVALID_KEY, "name");
            assertThatCode(() -> shelf.delete(name), ErrorCode.INVALID_KEY, "name");
            assertThatCode(() -> shelf.info(name), ErrorCode.INVALID_KEY, "name");
        }
    }

    @Test
    void aTableMayHaveNoColumns() {
        Shelf shelf = temporary.shelf();
        try (RandomTable table =
                tables.table(new Schema(List.of(), Map.of("k", "v")), 12, allocator)) {
            shelf.put("empty", table.source(), PutOptions.DEFAULT);
            try (ShelfTable found = shelf.get("empty")) {
                assertThat(found.schema()).isEqualTo(table.root().getSchema());
                assertThat(found.rowCount()).isEqualTo(12);
                assertThat(TableContent.of(found).rows()).hasSize(12);
            }
        }
    }

    @Test
    void aClosedShelfSaysSo() {
        Shelf shelf = temporary.shelf();
        temporary.close();
        assertThatCode(() -> shelf.find("t"), ErrorCode.CLOSED, "closed");
        assertThatCode(shelf::list, ErrorCode.CLOSED, "closed");
        assertThatCode(shelf::status, ErrorCode.CLOSED, "closed");
        assertThatCode(() -> shelf.delete("t"), ErrorCode.CLOSED, "closed");
        shelf.close();
    }

    @Test
    void anyOrderOfPutsAndDeletesIsWhatAMapWouldHold() {
        Shelf shelf = temporary.shelf();
        Random random = tables.random();
        Map<String, TableContent> model = new HashMap<>();
        for (int step = 0; step < 150; step++) {
            String name = "t" + random.nextInt(12);
            switch (random.nextInt(5)) {
                case 0 -> assertThat(shelf.delete(name)).isEqualTo(model.remove(name) != null);
                case 1 -> {
                    if (random.nextInt(10) == 0) {
                        temporary.close();
                        shelf = temporary.shelf();
                    }
                }
                default -> {
                    int rows = random.nextInt(random.nextBoolean() ? 20 : 4000);
                    try (RandomTable table =
                            tables.table(tables.schema(1 + random.nextInt(4)), rows, allocator)) {
                        shelf.put(name, table.source(), PutOptions.DEFAULT);
                        model.put(name, TableContent.of(table));
                    }
                }
            }
            String looked = "t" + random.nextInt(12);
            try (ShelfTable found = shelf.find(looked)) {
                TableContent content = found == null ? null : TableContent.of(found);
                assertThat(content)
                        .as("step=%d, name=%s, %s", step, looked, tables)
                        .isEqualTo(model.get(looked));
            }
        }
        assertThat(shelf.list())
                .extracting(TableInfo::name)
                .containsExactlyInAnyOrderElementsOf(model.keySet());
    }

    @Test
    void aRootWithoutItsDictionariesIsRefused() {
        Shelf shelf = temporary.shelf();
        Field encoded = EveryType.encoded("d", 3, new ArrowType.Int(8, true), new ArrowType.Utf8());
        try (RandomTable table = tables.table(new Schema(List.of(encoded)), 3, allocator)) {
            assertThatCode(() -> shelf.put("t", table.root()), ErrorCode.INVALID_ARGUMENT, "id=3");
        }
    }

    static void assertThatCode(ThrowingCallable call, ErrorCode code, String part) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ShelfException.class, thrown -> assertThat(thrown.code()).isEqualTo(code))
                .hasMessageContaining(part);
    }
}
