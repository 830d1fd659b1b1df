package dev.arrowshelf.redis.gen;

import java.nio.charset.StandardCharsets;

/// The words of the column of text: two to four syllables of a consonant and a vowel. Immutable.
final class Vocabulary {
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwxyz";
    private static final String VOWELS = "aeiou";
    private static final long STREAM = -1;

    private final byte[] letters;
    private final int[] offsets;

    private Vocabulary(byte[] letters, int[] offsets) {
        this.letters = letters;
        this.offsets = offsets;
    }

    /// Makes the words of a seed.
    static Vocabulary of(long seed, int words) {
        RandomStream random = RandomStream.of(seed, STREAM);
        StringBuilder text = new StringBuilder(words * 6);
        int[] offsets = new int[words + 1];
        for (int i = 0; i < words; i++) {
            for (int syllables = 2 + random.below(3); syllables > 0; syllables--) {
                text.append(CONSONANTS.charAt(random.below(CONSONANTS.length())));
                text.append(VOWELS.charAt(random.below(VOWELS.length())));
            }
            offsets[i + 1] = text.length();
        }
        return new Vocabulary(text.toString().getBytes(StandardCharsets.US_ASCII), offsets);
    }

    /// Returns the number of words.
    int words() {
        return offsets.length - 1;
    }

    /// Returns all letters, word after word.
    byte[] letters() {
        return letters;
    }

    /// Returns where a word begins in the letters; of the number of words, where the last one ends.
    int offset(int word) {
        return offsets[word];
    }
}
