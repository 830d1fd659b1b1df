package dev.arrowshelf.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KeyPageTest {
    private static final List<String> ALL = List.of("zz", "b", "ø", "aaaa", "c", "ab");

    @Test
    void allKeysThatFitComeAtOnceInAnyOrder() {
        KeyPage page = KeyPage.of(keys(ALL), null, 1000);

        assertThat(texts(page)).containsExactlyElementsOf(ALL);
        assertThat(page.more()).isFalse();
        assertThat(KeyPage.of(List.of(), null).more()).isFalse();
    }

    @Test
    void pagesTogetherAreAllKeysOnce() {
        for (int most = 1; most < 50; most++) {
            List<String> found = new ArrayList<>();
            byte @Nullable [] after = null;
            KeyPage page;
            do {
                page = KeyPage.of(keys(ALL), after, most);
                assertThat(page.keys()).isNotEmpty();
                found.addAll(texts(page));
                after = page.keys().getLast();
            } while (page.more());
            assertThat(found).containsExactlyInAnyOrderElementsOf(ALL);
        }
    }

    private static List<byte[]> keys(List<String> texts) {
        return texts.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    }

    private static List<String> texts(KeyPage page) {
        return page.keys().stream().map(key -> new String(key, StandardCharsets.UTF_8)).toList();
    }
}
