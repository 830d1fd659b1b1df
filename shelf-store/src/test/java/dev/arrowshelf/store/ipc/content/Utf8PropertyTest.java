package dev.arrowshelf.store.ipc.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// UTF-8 is what the decoder of the JDK takes for UTF-8.
final class Utf8PropertyTest {
    private static final int[] CODE_POINTS = {
        0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff, 'a', 'ß', '€'
    };

    static LongStream seeds() {
        long first = Long.getLong("shelf.seed", 9L);
        return LongStream.range(first, first + 300);
    }

    @Test
    void agreesOnAllShortSequences() {
        Utf8 utf8 = new Utf8();
        byte[] bytes = new byte[3];
        for (int first = 0x7f; first < 0x100; first++) {
            for (int second = 0; second < 0x100; second++) {
                for (int third : new int[] {0, 0x7f, 0x80, 0xbf, 0xc0, 0xff}) {
                    bytes[0] = (byte) first;
                    bytes[1] = (byte) second;
                    bytes[2] = (byte) third;
                    assertThat(utf8.isValid(MemorySegment.ofArray(bytes), 0, 3))
                            .isEqualTo(decodes(bytes));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void agreesOnLongTexts(long seed) {
        Random random = new Random(seed);
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int length = random.nextInt(20_000);
        int plain = random.nextInt(50);
        while (text.size() < length) {
            int point =
                    random.nextInt(50) < plain
                            ? 'x'
                            : CODE_POINTS[random.nextInt(CODE_POINTS.length)];
            text.writeBytes(Character.toString(point).getBytes(StandardCharsets.UTF_8));
        }
        byte[] bytes = text.toByteArray();
        for (int n = random.nextInt(2); n > 0 && bytes.length > 0; n--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        MemorySegment memory = MemorySegment.ofArray(bytes);
        boolean ascii = true;
        for (byte value : bytes) {
            ascii &= value >= 0;
        }

        assertThat(new Utf8().isValid(memory, 0, bytes.length)).isEqualTo(decodes(bytes));
        assertThat(new Utf8().isAscii(memory, 0, bytes.length)).isEqualTo(ascii);
    }

    private static boolean decodes(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
