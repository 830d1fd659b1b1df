package dev.arrowshelf.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.Shelf;
import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.table.ShelfTable;
import dev.arrowshelf.store.table.TableSpace;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real processes: they read in place, keep what they have, and may be killed.
final class OtherProcessIT {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    @ParameterizedTest
    @ValueSource(ints = {50, 50_000})
    void aSecondProcessReadsInPlaceAndKeepsWhatItHas(int rows) {
        Shelf shelf = temporary.shelf();
        put(shelf, "t", rows, 7);
        try (ChildJvm child =
                ChildJvm.start(ReaderProcess.class, temporary.directory().toString())) {
            child.await("ready");
            child.say("get t");
            assertThat(child.await("got ")).isEqualTo(Integer.toString(rows));
            child.say("where");
            assertThat(child.await("at ")).startsWith("0 " + temporary.directory() + "/segments/");
            put(shelf, "t", rows, 8);
            child.say("read");
            assertThat(child.await("version ")).isEqualTo("7");
            shelf.delete("t");
            temporary.close();
            child.say("read");
            assertThat(child.await("version ")).isEqualTo("7");
            child.say("end");
            assertThat(child.awaitEnd()).isZero();
        }
    }

    @Test
    void aReaderThatIsKilledLetsGo() {
        Shelf shelf = temporary.shelf();
        put(shelf, "t", 300_000, 7);
        try (ChildJvm child =
                ChildJvm.start(ReaderProcess.class, temporary.directory().toString())) {
            child.await("ready");
            child.say("get t");
            child.await("got ");
            shelf.delete("t");
            assertThat(shelf.status().memory().unlinked()).isPositive();
            child.kill();
            Deadline.ofSeconds(20)
                    .await(
                            "pages of the killed reader come back",
                            () -> shelf.status().memory().unlinked() == 0);
        }
    }

    @Test
    void aReaderGetsTheNewTableOnceItIsPut() {
        Shelf shelf = temporary.shelf();
        put(shelf, "t", 1000, 1);
        try (ChildJvm child =
                ChildJvm.start(ReaderProcess.class, temporary.directory().toString())) {
            child.await("ready");
            for (int version = 2; version < 30; version++) {
                put(shelf, "t", version % 3 == 0 ? 100_000 : 1000, version);
                child.say("get t");
                child.await("got ");
                child.say("read");
                assertThat(child.await("version ")).isEqualTo(Integer.toString(version));
                child.say("close");
                child.await("closed");
            }
            shelf.delete("t");
            child.say("get t");
            assertThat(child.await("got ")).isEqualTo("nothing");
            // a reader that closed a replaced table has let go of it
            Deadline.ofSeconds(20)
                    .await(
                            "replaced tables are free",
                            () -> shelf.status().memory().unlinked() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 200_000})
    void tablesOfAKilledOwnerAreReadAndThereAgain(int rows) {
        long last;
        try (ChildJvm owner =
                ChildJvm.start(
                        OwnerProcess.class,
                        temporary.directory().toString(),
                        Integer.toString(rows))) {
            owner.await("ready");
            EmbeddedShelfTest.assertThatCode(
                    temporary::shelf, ErrorCode.SHELF_OWNED, Long.toString(owner.pid()));
            for (int i = 0; i < 20; i++) {
                owner.await("put ");
            }
            try (TableSpace space = TableSpace.open(temporary.directory())) {
                ShelfTable open = Objects.requireNonNull(space.find("t1"));
                long version = Versioned.read(open);
                owner.kill();
                last = lastPut(owner);
                assertThat(Versioned.read(open)).isEqualTo(version);
                open.close();
                checkAll(space, last);
            }
        }
        Shelf shelf = temporary.shelf();
        try (TableSpace space = TableSpace.open(temporary.directory())) {
            checkAll(space, last);
        }
        put(shelf, "t1", rows, 1_000_000_000);
    }

    /// Every version that was acknowledged is there, or a newer one.
    private static void checkAll(TableSpace space, long last) {
        for (int name = 0; name < 5; name++) {
            long newest = last - Math.floorMod(last - name, 5);
            try (ShelfTable table = Objects.requireNonNull(space.find("t" + name))) {
                assertThat(Versioned.read(table)).isIn(newest, newest + 5);
            }
        }
    }

    private static long lastPut(ChildJvm owner) {
        long last = 0;
        for (String line : owner.rest()) {
            if (line.startsWith("put ")) {
                last = Math.max(last, Long.parseLong(line.substring(4)));
            }
        }
        return Math.max(last, 20);
    }

    private static void put(Shelf shelf, String name, int rows, long version) {
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = Versioned.root(allocator, rows, version)) {
            shelf.put(name, root);
        }
    }
}
