package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TableNamesTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

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
    @ValueSource(
            strings = {
                "plain",
                "my-key",
                "123",
                "select",
                "a\"b",
                "Ключ",
                "UPPER",
                "a b",
                "a.b",
                "main.x",
                "data.csv",
                "data.parquet",
                "x.json",
                "/etc/passwd",
                "file's",
                "Café",
                "(x)",
                "*",
                "_cache_odd",
                "shelf",
                "main",
                "table",
                "a;b",
                "--",
                "s3://bucket/x",
                "😀"
            })
    void anyNameCanBeQueried(String name) {
        engine.put(name, 3);
        String quoted = '"' + name.replace("\"", "\"\"") + '"';
        String cached = '"' + "_cache_" + name.replace("\"", "\"\"") + '"';
        assertThat(engine.value("select count(*) from " + quoted)).isEqualTo("3");
        assertThat(engine.value("select count(*) from " + cached)).isEqualTo("3");
        assertThat(engine.value("select count(*) from shelf." + quoted)).isEqualTo("3");
        assertThat(engine.value("select count(*) from main." + cached)).isEqualTo("3");
    }

    @Test
    void anUnquotedNameIsFoundWithoutCase() {
        engine.put("Sales", 3);
        assertThat(engine.value("select count(*) from sales")).isEqualTo("3");
        assertThat(engine.value("select count(*) from _CACHE_SALES")).isEqualTo("3");
        assertThat(engine.value("select count(*) from Shelf.SALES")).isEqualTo("3");
    }

    @Test
    void theExactNameComesFirst() {
        engine.put("t", 1);
        engine.put("T", 2);
        engine.put("_cache_t", 3);
        engine.put("t_2024", 4);
        assertThat(engine.value("select count(*) from t")).isEqualTo("1");
        assertThat(engine.value("select count(*) from \"T\"")).isEqualTo("2");
        assertThat(engine.value("select count(*) from _cache_t")).isEqualTo("3");
        assertThat(engine.value("select count(*) from t_2024")).isEqualTo("4");
        assertThat(engine.value("select (select count(*) from t) + (select count(*) from \"T\")"))
                .isEqualTo("3");
    }

    @Test
    void aCommonTableExpressionHidesATable() {
        engine.put("t", 5);
        assertThat(engine.value("with t as (select 1) select count(*) from t")).isEqualTo("1");
    }

    @Test
    void anUnknownTableNamesTheNearest() {
        engine.put("customers", 1);
        engine.put("orders", 1);
        for (String sql :
                new String[] {"from custmers", "from _cache_custmers", "from shelf.CUSTOMER"}) {
            assertThatThrownBy(() -> engine.rows(sql))
                    .isInstanceOfSatisfying(
                            ShelfException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.NOT_FOUND))
                    .hasMessageContaining("nearest=customers");
        }
        assertThatThrownBy(() -> engine.rows("from zzzzzzzzzzz"))
                .hasMessage("no such table: name=zzzzzzzzzzz");
        assertThatThrownBy(() -> engine.rows("from other.orders"))
                .isInstanceOf(ShelfException.class);
    }
}
