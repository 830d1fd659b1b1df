package dev.arrowshelf.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import dev.arrowshelf.testkit.TemporaryShelf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What queries must not be able to do. `DIR` stands for a directory of this test that holds a
/// readable file `secret.csv`.
final class SandboxTest {
    @RegisterExtension final TemporaryShelf temporary = new TemporaryShelf();

    private Engine engine;

    @BeforeEach
    void open() throws IOException {
        engine = Engine.over(temporary.shelf());
        Files.writeString(temporary.scratch().resolve("secret.csv"), "a,b\n1,2\n");
    }

    @AfterEach
    void close() {
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select * from read_csv('DIR/secret.csv')",
                "select * from read_csv_auto('DIR/secret.csv')",
                "select * from sniff_csv('DIR/secret.csv')",
                "select * from read_text('DIR/secret.csv')",
                "select * from read_blob('DIR/secret.csv')",
                "select * from read_json('DIR/secret.csv')",
                "select * from read_json_objects('DIR/secret.csv')",
                "select * from read_ndjson('DIR/secret.csv')",
                "select * from read_parquet('DIR/secret.csv')",
                "select * from parquet_scan('DIR/secret.csv')",
                "select * from parquet_metadata('DIR/secret.csv')",
                "select * from parquet_schema('DIR/secret.csv')",
                "select * from parquet_file_metadata('DIR/secret.csv')",
                "select * from parquet_kv_metadata('DIR/secret.csv')",
                "select * from glob('DIR/*')",
                "select * from 'DIR/secret.csv'",
                "select * from \"DIR/secret.csv\"",
                "select * from '/etc/passwd'",
                "select * from read_text('/etc/passwd')",
                "select * from read_text('file:///etc/passwd')",
                "select * from read_csv('https://example.org/x.csv')",
                "select * from read_parquet('s3://bucket/x.parquet')",
                "select * from 'https://example.org/x.parquet'",
                "copy (select 1) to 'DIR/out.csv'",
                "copy (select 1) to '/dev/stdout'",
                "copy t from 'DIR/secret.csv'",
                "export database 'DIR/out'",
                "import database 'DIR/out'",
                "attach 'DIR/x.db'",
                "attach ':memory:' as other",
                "detach memory",
                "use shelf",
                "install httpfs",
                "install 'DIR/x.duckdb_extension'",
                "load httpfs",
                "load 'DIR/x.duckdb_extension'",
                "update extensions",
                "set enable_external_access = true",
                "set lock_configuration = false",
                "reset lock_configuration",
                "set threads = 1",
                "set memory_limit = '100GB'",
                "set temp_directory = 'DIR'",
                "set timezone = 'Europe/Vienna'",
                "set variable x = 1",
                "pragma enable_profiling",
                "pragma database_list",
                "pragma memory_limit = '100GB'",
                "call pragma_version()",
                "call enable_logging()",
                "create table x (a int)",
                "create temp table x (a int)",
                "create or replace view v as select 1",
                "create schema s",
                "create sequence s",
                "create type e as enum ('a')",
                "create macro m() as 1",
                "create secret (type s3)",
                "create table x as select 1; select 1",
                "select 1; create table x (a int)",
                "insert into t values (1, 'x')",
                "update t set n = 1",
                "delete from t",
                "merge into t using t s on t.n = s.n when matched then delete",
                "truncate t",
                "drop table t",
                "drop schema shelf",
                "alter table t add column x int",
                "prepare q as select 1",
                "execute q",
                "deallocate q",
                "begin transaction",
                "commit",
                "vacuum",
                "analyze",
                "checkpoint",
                "force checkpoint",
                "explain copy (select 1) to 'DIR/out.csv'",
                "explain analyze copy (select 1) to 'DIR/out.csv'",
                "explain analyze create table x as select 1",
                "explain (analyze) /* ( */ create table x as select 1",
                "explain analyze insert into t values (1, 'x')",
                "explain explain analyze create table x as select 1",
                "with x as (insert into t values (1, 'x') returning n) select * from x",
                "create table x as pivot t on s using count(*)",
                "copy (pivot t on s using count(*)) to 'DIR/out.csv'",
                "with p as (pivot t on s using count(*)) insert into t select 1, 'x' from p",
                "explain analyze create table x as pivot t on s using count(*)",
                "select * from query('create table x as select 1')",
                "select * from query('select 1; drop schema shelf')",
                "select * from query_table('/etc/passwd')",
                "select * from arrowshelf_scan(1)",
                "select * from arrow_scan(1::pointer, 1::pointer, 1::pointer)",
                "select * from arrow_scan_dumb(1::pointer, 1::pointer, 1::pointer)",
                "select * from pandas_scan(1)",
                "select * from sqlite_scan('DIR/x.db', 't')",
                "select * from postgres_scan('host=localhost', 'public', 't')",
                "select * from duckdb_secrets() where 1 / 0 > error('x')",
                "select getenv('HOME')",
                "select nextval('s')",
                "select write_log('x') from nosuch",
            })
    void isRefused(String attempt) throws IOException {
        engine.put("t", 3);
        Path directory = temporary.scratch();
        String before = settings();
        assertThatThrownBy(() -> engine.rows(attempt.replace("DIR", directory.toString())))
                .isInstanceOfSatisfying(
                        ShelfException.class,
                        failure ->
                                assertThat(failure.code())
                                        .isIn(
                                                ErrorCode.FORBIDDEN,
                                                ErrorCode.INVALID_SQL,
                                                ErrorCode.NOT_FOUND,
                                                ErrorCode.INVALID_ARGUMENT));
        assertThat(settings()).isEqualTo(before);
        assertThat(Files.exists(directory.resolve("out.csv"))).isFalse();
        assertThat(Files.exists(directory.resolve("x.db"))).isFalse();
        assertThat(engine.value("select count(*) from duckdb_tables()")).isEqualTo("0");
        assertThat(engine.value("select count(*) from t")).isEqualTo("3");
    }

    private String settings() {
        return engine.rows("select name, value from duckdb_settings() order by name").toString()
                + engine.rows("select database_name from duckdb_databases() order by 1");
    }
}
