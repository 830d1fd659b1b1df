package dev.arrowshelf.redis.link;

import static org.assertj.core.api.Assertions.assertThat;

import dev.arrowshelf.store.model.ErrorCode;
import dev.arrowshelf.store.model.ShelfException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisConnectionException;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FailuresTest {
    @ParameterizedTest
    @CsvSource({
        "OOM command not allowed, OUT_OF_MEMORY, maxmemory",
        "WRONGPASS invalid username-password pair, FORBIDDEN, REDIS_PASSWORD",
        "NOAUTH Authentication required, FORBIDDEN, REDIS_PASSWORD",
        "NOPERM this user has no permissions, FORBIDDEN, ACL",
        "CROSSSLOT Keys in request, INVALID_ARGUMENT, --cluster on",
        "WRONGTYPE Operation against a key, CORRUPT, key=k",
        "MISCONF Redis is configured to save, UNAVAILABLE, disk",
        "ERR unknown command, IO, command=GET",
    })
    void whatWaitingCannotHelpFailsAtOnceWithAdvice(String answer, ErrorCode code, String advice) {
        RedisCommandExecutionException refused = new RedisCommandExecutionException(answer);

        assertThat(Failures.mayPass(refused, true)).isFalse();
        ShelfException error = Failures.asShelfException(refused, "GET", "k", false);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error).hasMessageContaining(advice).hasMessageContaining(answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LOADING Redis is loading",
                "CLUSTERDOWN Hash slot not served",
                "TRYAGAIN Multiple keys",
                "MASTERDOWN Link with MASTER is down",
                "READONLY You can't write",
                "BUSY Redis is busy",
                "NOREPLICAS Not enough good replicas"
            })
    void whatPassesIsTriedAgain(String answer) {
        RedisCommandExecutionException refused = new RedisCommandExecutionException(answer);

        assertThat(Failures.mayPass(new CompletionException(refused), false)).isTrue();
    }

    @Test
    void redirectionsPassWhereTheClientKnowsTheClusterOnly() {
        RedisCommandExecutionException moved =
                new RedisCommandExecutionException("MOVED 1 127.0.0.1:1");

        assertThat(Failures.mayPass(moved, true)).isTrue();
        assertThat(Failures.mayPass(moved, false)).isFalse();
        assertThat(Failures.asShelfException(moved, "GET", "k", false))
                .hasMessageContaining("--cluster on");
    }

    @ParameterizedTest
    @ValueSource(strings = {"MOVED 77 10.0.0.1:7001", "ASK 77 10.0.0.1:7001"})
    void aClusterThatDoesNotSettleIsSaidToChangeWithSlotAndNode(String answer) {
        RedisCommandExecutionException moved = new RedisCommandExecutionException(answer);

        ShelfException error = Failures.asShelfException(moved, "GET", "k", true);
        assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(error)
                .hasMessageContaining("Redis Cluster is changing")
                .hasMessageContaining("key=k")
                .hasMessageContaining("slot=77, node=10.0.0.1:7001");
        assertThat(error.getMessage()).doesNotContain("--cluster on");
    }

    @Test
    void lostConnectionsAndLateAnswersPassButRefusedCertificatesDoNot() {
        RedisConnectionException refused =
                new RedisConnectionException("no", new SSLHandshakeException("unknown CA"));

        assertThat(Failures.mayPass(new IOException("reset"), false)).isTrue();
        assertThat(Failures.mayPass(new RedisCommandTimeoutException("late"), false)).isTrue();
        assertThat(Failures.mayPass(new RedisConnectionException("refused"), false)).isTrue();
        assertThat(Failures.mayPass(refused, false)).isFalse();
        assertThat(Failures.asShelfException(refused, "GET", "k", false).code())
                .isEqualTo(ErrorCode.FORBIDDEN);
    }

    @Test
    void oneServerThatIsAskedForItsClusterSaysWhatToDo() {
        RedisCommandExecutionException refused =
                new RedisCommandExecutionException(
                        "ERR This instance has cluster support disabled");

        assertThat(Failures.mayPass(new RedisConnectionException("no", refused), true)).isFalse();
        assertThat(Failures.asShelfException(refused, "CLUSTER", "", true).code())
                .isEqualTo(ErrorCode.INVALID_ARGUMENT);
    }

    @Test
    void aLateAnswerIsNotALostConnection() {
        assertThat(
                        Failures.asShelfException(
                                new RedisCommandTimeoutException("late"), "GET", "k", false))
                .hasMessageStartingWith("Redis does not answer in time: command=GET, key=k");
        assertThat(Failures.asShelfException(new IOException("reset"), "GET", "k", false))
                .hasMessageStartingWith("connection to Redis failed: command=GET, key=k");
    }
}
